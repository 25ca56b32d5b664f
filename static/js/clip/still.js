// A still of a moving picture. A copy of the video is asked for in a way that lets its pixels be read.
function once(node, name) {
  return new Promise((resolve, reject) => {
    node.addEventListener(name, resolve, { once: true });
    node.addEventListener("error", reject, { once: true });
  });
}

// Resolves to the picture of a video at a second, as PNG; rejects where its host does not allow that.
export async function stillOf(video, at) {
  // The pixels of a stream that this page put together can be read as they are.
  const source = video.currentSrc.startsWith("blob:") ? video : await copyAt(video.currentSrc, at);
  const { videoWidth: width, videoHeight: height } = source;
  const canvas = Object.assign(document.createElement("canvas"), { width, height });
  canvas.getContext("2d").drawImage(source, 0, 0);
  if (source !== video) {
    source.removeAttribute("src");
    source.load();
  }
  return new Promise((resolve, reject) =>
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("The picture cannot be read.")))),
  );
}

async function copyAt(url, at) {
  const copy = document.createElement("video");
  Object.assign(copy, { crossOrigin: "anonymous", muted: true, preload: "auto", src: url });
  await once(copy, "loadeddata");
  copy.currentTime = at;
  await once(copy, "seeked");
  return copy;
}
