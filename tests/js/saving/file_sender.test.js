import assert from "node:assert/strict";
import { test } from "node:test";
import { entriesOf, FileSender, minutesOfRest } from "../../../static/js/saving/file_sender.js";
import { RequestFailed } from "../../../static/js/shared/http.js";

const file = (name, size = 10) => ({
  name,
  size,
  lastModified: 7,
  slice: (start, end) => ({ start, end: Math.min(end, size) }),
  text: async () => "{}",
});

// A server that takes parts of four bytes. `answers` are given first; a function is called for its answer.
function server(...answers) {
  const calls = [];
  const received = {};
  const accept = (url, { fields, body }) => {
    const upload = fields ? fields.name : url.split(" ")[1];
    received[upload] = body ? body.end : (received[upload] ?? 0);
    return { ok: true, status: 200, wait: 0, answer: state(upload) };
  };
  const state = (upload) => ({ upload, state: "queued", received: received[upload], part_bytes: 4, message: "" });
  const send = async (url, options) => {
    calls.push(options.fields ? options.fields : [options.body.start, options.body.end]);
    const answer = answers.shift();
    return answer ? answer() : accept(url, options);
  };
  const partUrl = (upload) => `part ${upload}`;
  const waits = [];
  const wait = async (time) => waits.push(time);
  const sender = new FileSender({
    list: "list",
    begin: "begin",
    partUrl,
    target: () => ({ folder: 3 }),
    changed: () => undefined,
    send,
    wait,
  });
  return { sender, calls, received, waits };
}

const status =
  (code, answer = {}, wait = 0) =>
  () => ({ ok: false, status: code, answer, wait });
const BEGUN = { upload: "a.mp4", state: "queued", received: 0, part_bytes: 4, message: "" };
const begun = () => ({ ok: true, status: 200, wait: 0, answer: BEGUN });
const noAnswer = () => {
  throw new RequestFailed("The server does not answer.");
};
const states = ({ entries }) => entries.map(({ state, received }) => [state, received]);

test("files are sent one after the other, in parts", async () => {
  const { sender, calls } = server();
  await sender.add([file("a.mp4"), file("b.mp4", 3)]);
  assert.deepEqual(states(sender), [
    ["sent", 10],
    ["sent", 3],
  ]);
  assert.deepEqual(calls[0], { folder: 3, name: "a.mp4", size: 10, modified: 7 });
  assert.deepEqual(calls.slice(1, 4), [
    [0, 4],
    [4, 8],
    [8, 10],
  ]);
});

test("a part without an answer is sent again; then the file waits to be resumed", async () => {
  const { sender, waits } = server(begun, status(503, {}, 5), noAnswer, noAnswer, noAnswer, noAnswer);
  await sender.add([file("a.mp4")]);
  assert.deepEqual(waits, [5000, 2000, 4000, 8000]);
  assert.deepEqual(states(sender), [["failed", 0]]);
  assert.match(sender.entries[0].message, /does not answer. Resume the upload later/);
  await sender.resume(sender.entries[0]);
  assert.deepEqual(states(sender), [["sent", 10]]);
});

test("a part that the server has already is skipped", async () => {
  const { sender, calls } = server(begun, status(409, { ...BEGUN, received: 8 }));
  await sender.add([file("a.mp4")]);
  assert.deepEqual(calls.slice(1), [
    [0, 4],
    [8, 10],
  ]);
  assert.deepEqual(states(sender), [["sent", 10]]);
});

test("a file that somebody else canceled is not shown as received", async () => {
  const ended = { ...BEGUN, state: "failed", message: "a.mp4 was canceled." };
  const { sender } = server(status(409, { ...BEGUN, received: 4 }), status(409, ended));
  await sender.add([file("a.mp4")]);
  const [{ state, received, message }] = sender.entries;
  assert.deepEqual([state, received, message], ["failed", 0, "a.mp4 was canceled."]);
});

test("a refusal is shown with its reason and nothing more is sent", async () => {
  const { sender, calls } = server(status(422, { error: "a.txt is not a video." }));
  await sender.add([file("a.txt")]);
  assert.deepEqual([sender.entries[0].state, sender.entries[0].message], ["refused", "a.txt is not a video."]);
  assert.equal(calls.length, 1);
});

test("a paused file goes on where it stopped, and the next one is not kept waiting", async () => {
  const { sender } = server(begun, () => {
    sender.pause(sender.entries[0]);
    throw new RequestFailed("aborted");
  });
  await sender.add([file("a.mp4"), file("b.mp4")]);
  assert.deepEqual(states(sender), [
    ["paused", 0],
    ["sent", 10],
  ]);
  await sender.resume(sender.entries[0]);
  assert.deepEqual(states(sender)[0], ["sent", 10]);
});

test("a file is canceled only once the server says so", async () => {
  let canceling;
  const cancel = ({ sender }) => {
    canceling = sender.cancel(sender.entries[0]);
    throw new RequestFailed("aborted");
  };
  for (const [answer, expected] of [
    [() => ({ ok: true, status: 200, wait: 0, answer: null }), ["canceled", 0, ""]],
    [status(422), ["failed", 4, "Not canceled. See what became of it in the list of uploads."]],
    [noAnswer, ["failed", 4, "Not canceled. See what became of it in the list of uploads."]],
  ]) {
    const page = server(status(409, { ...BEGUN, received: 4 }), () => cancel(page), answer);
    await page.sender.add([file("a.mp4")]);
    await canceling;
    const [{ state, received, message }] = page.sender.entries;
    assert.deepEqual([state, received, message], expected);
    assert.deepEqual(page.calls.at(-1), { do: "cancel", upload: "a.mp4" });
  }
});

test("the same file is listed once", async () => {
  const { sender } = server();
  await sender.add([file("a.mp4")]);
  await sender.add([file("a.mp4")]);
  assert.equal(sender.entries.length, 1);
});

test("metadata goes with the video of its base name; without one it is refused", async () => {
  const entries = entriesOf([file("a.mp4"), file("a.json"), file("b.json")]);
  assert.deepEqual(
    entries.map(({ file, sidecar, state }) => [file.name, sidecar?.name, state]),
    [
      ["a.mp4", "a.json", "waiting"],
      ["b.json", undefined, "refused"],
    ],
  );
  const { sender, calls } = server();
  await sender.add([file("a.mp4", 3), file("a.json")]);
  assert.deepEqual([calls[0].sidecar_name, calls[0].sidecar], ["a.json", "{}"]);
});

test("a video is held whose metadata has another name, until it is chosen or the video resumed", async () => {
  const { sender, calls } = server();
  await sender.add([file("a.mp4", 3), file("a.json"), file("drive 7.mp4", 3), file("drive-7.json")]);
  const states = () => sender.entries.map(({ file, state }) => [file.name, state]);
  assert.deepEqual(states(), [
    ["a.mp4", "sent"],
    ["drive 7.mp4", "held"],
    ["drive-7.json", "refused"],
  ]);
  assert.equal(
    sender.entries[1].message,
    "The base names of drive 7.mp4 and drive-7.json differ. Choose drive 7.json, or resume to upload " +
      "without metadata.",
  );
  const settled = async () => {
    while (sender.unfinished) await new Promise(setImmediate);
  };
  await sender.add([file("drive 7.json")]).then(settled);
  assert.deepEqual(states()[1], ["drive 7.mp4", "sent"]);
  assert.equal(calls.findLast(({ name }) => name === "drive 7.mp4").sidecar_name, "drive 7.json");
  await sender.add([file("b.mp4", 3), file("c.json")]);
  await sender.add([file("b.mp4", 3)]).then(settled);
  assert.deepEqual(states()[3], ["b.mp4", "sent"]);
  assert.equal(calls.findLast(({ name }) => name === "b.mp4").sidecar_name, undefined);
});

test("files chosen as views of recordings are each sent with all of them", async () => {
  const { sender, calls } = server();
  sender.target = () => ({ folder: 3, as_views: "on" });
  await sender.add([file("run_front.mp4", 3), file("run_left.mp4", 3), file("run_left.json", 2)]);
  const views = '[{"name":"run_front.mp4","size":3,"modified":7},{"name":"run_left.mp4","size":3,"modified":7}]';
  assert.deepEqual(
    calls.filter((call) => call.name).map((call) => [call.name, call.views, call.as_views]),
    [
      ["run_front.mp4", views, undefined],
      ["run_left.mp4", views, undefined],
    ],
  );
});

test("the time left is that of the speed since the file was begun or resumed", () => {
  const entry = { file: { size: 1000 }, received: 400, since: { at: 0, received: 200 } };
  assert.equal(minutesOfRest(entry, 60_000), 3); // 200 bytes in a minute, 600 to go
  assert.equal(minutesOfRest(entry, 2999), NaN);
  assert.equal(minutesOfRest({ ...entry, received: 200 }, 60_000), NaN);
  assert.equal(minutesOfRest({ ...entry, since: null }, 60_000), NaN);
});
