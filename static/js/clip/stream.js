// Plays an HLS stream through hls.js, which is loaded only for one. A browser without media sources plays it itself.

export function isStream(url) {
  return URL.canParse(url) && new URL(url).pathname.endsWith(".m3u8");
}

// Resolves to what must be destroyed at the end; to null where the browser plays it. onError(): the stream failed.
export async function openStream(video, url, onError) {
  if (!globalThis.MediaSource) {
    video.src = url;
    return null;
  }
  const { default: Hls } = await import("../../vendor/hls.light.min.js");
  // Without a worker, so that the page's policy needs no source of workers.
  const hls = new Hls({ enableWorker: false, maxBufferLength: 20 });
  hls.on(Hls.Events.ERROR, (_, { fatal }) => fatal && onError());
  hls.loadSource(url);
  hls.attachMedia(video);
  return hls;
}
