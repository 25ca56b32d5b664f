// Sends files to the server in parts, one file at a time. An interrupted file goes on after its last whole part.
import { RequestFailed, request } from "../shared/http.js";
import { commaList, gettext } from "../shared/texts.js";

const TRIES = 5; // of one part; then the file waits until somebody resumes it
const PAUSE = 1000; // milliseconds before the second try; doubles
const KNOWN_AFTER = 3000; // milliseconds of sending before its speed says anything
export const MAX_SIDECAR = 1_000_000; // bytes

const ENDED = { incomplete: "refused", failed: "failed" }; // state of an upload to that of its entry
const NOT_CANCELED = gettext("Not canceled. See what became of it in the list of uploads.");

const sleep = (time) => new Promise((resolve) => setTimeout(resolve, time));
const stem = (name) => name.replace(/\.[^.]*$/, "");
const isSidecar = ({ name }) => /\.(json|csv)$/i.test(name);
const isSame = (one, other) =>
  one.name === other.name && one.size === other.size && one.lastModified === other.lastModified;

// Files as entries to send: videos with their metadata, which has the same base name. Metadata without a video is an
// entry that says so; a video that may be meant by it, as it has none, is held until a person decides.
export function entriesOf(files) {
  const sidecars = files.filter(isSidecar);
  const videos = files.filter((file) => !isSidecar(file));
  const alone = sidecars.filter(({ name }) => !videos.some((video) => stem(video.name) === stem(name)));
  const names = commaList(alone.map(({ name }) => name));
  const entries = videos.map((file) => {
    const sidecar = sidecars.find(({ name }) => stem(name) === stem(file.name));
    const held = names && !sidecar;
    return { file, sidecar, state: held ? "held" : "waiting", received: 0, message: held ? unlike(file, names) : "" };
  });
  const why = (name) => gettext("Not sent: no video named {name} was chosen with it.", { name: stem(name) });
  return [...entries, ...alone.map((file) => ({ file, state: "refused", received: 0, message: why(file.name) }))];
}

const unlike = ({ name }, names) =>
  gettext("The base names of {name} and {names} differ. Choose {wanted}, or resume to upload without metadata.", {
    name,
    names,
    wanted: `${stem(name)}.json`,
  });

// The videos chosen together as views of recordings, by which the server tells what belongs together.
const viewsOf = (entries) =>
  JSON.stringify(
    entries
      .filter(({ file }) => !isSidecar(file))
      .map(({ file: { name, size, lastModified } }) => ({ name, size, modified: lastModified })),
  );

// How many minutes the rest of a file takes at the speed since it was begun or resumed; NaN while too little is known.
export function minutesOfRest({ file, received, since }, now = Date.now()) {
  const took = now - (since?.at ?? now);
  if (took < KNOWN_AFTER || received <= since.received) return NaN;
  return ((took / (received - since.received)) * (file.size - received)) / 60_000;
}

// States of an entry: held (not begun), waiting, sending, paused, failed (can be resumed), refused, sent, canceled.
export class FileSender {
  // list: the address of the page, which cancels; begin: that which begins an upload; partUrl(upload, offset): that of
  // a part; target(): the fields of the folder; changed(entry): called after every change.
  constructor({ list, begin, partUrl, target, changed, send = request, wait = sleep }) {
    Object.assign(this, { list, begin, partUrl, target, changed, send, wait });
    this.entries = [];
    this.running = false;
  }

  get unfinished() {
    return this.entries.some(({ state }) => state === "waiting" || state === "sending");
  }

  // A file that is on the list already is resumed, never listed twice. Metadata that is chosen later may be that of a
  // video that is held.
  add(files) {
    const { as_views, ...target } = this.target();
    const held = files.some(isSidecar) ? this.entries.filter(({ state }) => state === "held") : [];
    const again = held.map(({ file }) => file).filter((file) => !files.some((other) => isSame(file, other)));
    const entries = entriesOf([...files, ...again]);
    if (as_views) target.views = viewsOf(entries);
    for (const entry of entries) {
      const listed = this.entries.find(({ file }) => isSame(file, entry.file));
      if (listed) {
        if (target.views) listed.fields = target;
        if (listed.state === "held") listed.sidecar = entry.sidecar;
        if (entry.state === "held") this.set(listed, listed.state, entry.message);
        else this.resume(listed);
        continue;
      }
      entry.fields = target;
      this.entries.push(entry);
      this.changed(entry);
    }
    return this.run();
  }

  pause(entry) {
    if (entry.state !== "waiting" && entry.state !== "sending") return;
    this.stop(entry, "paused");
  }

  // The entry is canceled once the server says so: it may have received the whole file just before.
  async cancel(entry) {
    this.stop(entry, "canceled");
    if (!entry.upload) return;
    const answer = await this.send(this.list, { fields: { do: "cancel", upload: entry.upload } }).catch(() => null);
    if (entry.state !== "canceled") return; // resumed meanwhile
    if (answer?.ok) entry.received = 0;
    this.set(entry, answer?.ok ? "canceled" : "failed", answer?.ok ? "" : NOT_CANCELED);
  }

  stop(entry, state) {
    this.set(entry, state);
    entry.abort?.abort();
  }

  resume(entry) {
    if (!["held", "paused", "failed", "refused", "canceled"].includes(entry.state) || isSidecar(entry.file))
      return undefined;
    this.set(entry, "waiting");
    return this.run();
  }

  set(entry, state, message = "") {
    Object.assign(entry, { state, message });
    this.changed(entry);
  }

  async run() {
    if (this.running) return;
    this.running = true;
    for (let entry = this.next(); entry; entry = this.next()) {
      this.set(entry, "sending");
      await this.sendFile(entry).catch((error) => {
        if (entry.state === "sending")
          this.set(entry, "failed", gettext("{reason} Resume the upload later.", { reason: error.message }));
      });
    }
    this.running = false;
  }

  next() {
    return this.entries.find(({ state }) => state === "waiting");
  }

  async sendFile(entry) {
    const { file } = entry;
    entry.since = null; // the speed of earlier, before a pause, says nothing
    if (entry.sidecar?.size > MAX_SIDECAR)
      throw new RequestFailed(gettext("{name} is larger than 1 MB.", entry.sidecar));
    const sidecar = entry.sidecar ? { sidecar_name: entry.sidecar.name, sidecar: await entry.sidecar.text() } : {};
    const fields = { ...entry.fields, name: file.name, size: file.size, modified: file.lastModified, ...sidecar };
    let answer = await this.ask(entry, this.begin, { fields });
    while (answer) {
      Object.assign(entry, { upload: answer.upload, received: answer.received });
      entry.since ??= { at: Date.now(), received: answer.received };
      if (answer.received >= file.size || answer.state !== "queued") {
        this.set(entry, ENDED[answer.state] ?? "sent", answer.message);
        return;
      }
      entry.message = answer.message;
      this.changed(entry);
      const body = file.slice(answer.received, answer.received + answer.part_bytes);
      answer = await this.ask(entry, this.partUrl(answer.upload, answer.received), { body });
    }
  }

  // The server's answer, after as many tries as it takes; undefined where nothing more is to be sent.
  async ask(entry, url, options) {
    for (let tries = 1; entry.state === "sending"; tries += 1) {
      entry.abort = new AbortController();
      let time = PAUSE * 2 ** (tries - 1);
      let why = gettext("The server does not answer.");
      try {
        const answer = await this.send(url, { ...options, signal: entry.abort.signal });
        if (entry.state !== "sending") return undefined;
        const moved = answer.status === 409 && answer.answer?.received !== entry.received;
        if (answer.ok || moved) return answer.answer;
        why = answer.answer?.error ?? answer.answer?.message ?? gettext("The server answered {status}.", answer);
        if (answer.status < 500 && answer.status !== 408) {
          this.set(entry, answer.status === 429 || answer.status === 401 ? "failed" : "refused", why);
          return undefined;
        }
        time = Math.max(time, 1000 * answer.wait);
      } catch (error) {
        if (!(error instanceof RequestFailed)) throw error;
      }
      if (tries === TRIES) throw new RequestFailed(why);
      await this.wait(time);
    }
    return undefined;
  }
}
