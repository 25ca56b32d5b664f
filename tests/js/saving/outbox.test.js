import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { memoryStorage, settled } from "../helpers.js";
import { deliver, outboxWith, refused, saved, verdictOn } from "./server.js";

mock.timers.enable({ apis: ["setTimeout"] }); // of later attempts: none comes by itself

const step = (event, version) => ({ event, version, fingerprint: `f${version}` });
const kinds = (outbox) => outbox.waiting().map((entry) => entry.kind);

test("a verdict is stored before it is sent, and leaves when it is saved", async () => {
  const { outbox, store, requests } = outboxWith({ answers: [saved(step(5, 4))] });
  const entry = outbox.decide({ ...verdictOn(5), note: "late" });
  assert.deepEqual(
    store.waiting().map(({ key }) => key),
    [entry.key],
  );
  await settled();
  assert.deepEqual(store.all(), []);
  assert.deepEqual(requests, [
    {
      url: "/events/5/decide/",
      fields: {
        key: entry.key,
        author: "7",
        version: 3,
        fingerprint: "f3",
        approval: "approved",
        reason: "",
        note: "late",
        order: "",
      },
    },
  ]);
});

test("entries are sent in the order they were made, also when the clock was set back", async () => {
  let now = 2e12;
  const world = outboxWith({ now: () => now });
  world.outbox.decide(verdictOn(1));
  await settled();
  now = 1e12;
  world.answers.push(saved(), saved());
  world.outbox.decide(verdictOn(2));
  await settled();
  assert.deepEqual(
    world.requests.map(({ url }) => url),
    ["/events/1/decide/", "/events/1/decide/", "/events/2/decide/"],
  );
});

test("the same key is sent again where no answer came", async () => {
  const world = outboxWith({ answers: [new Error("offline"), saved()] });
  const { key } = world.outbox.decide(verdictOn(1));
  await settled();
  assert.deepEqual(kinds(world.outbox), ["decide"]);
  await deliver(world);
  assert.deepEqual(
    world.requests.map(({ fields }) => fields.key),
    [key, key],
  );
  assert.deepEqual(world.store.all(), []);
});

test("an overloaded server is asked again, a refusal is kept", async () => {
  const error = "maya was faster";
  const event = { id: 1, version: 9, fingerprint: "f9", approval: "rejected", label: "Cut-in", note: "vendor text" };
  const world = outboxWith({ answers: [{ status: 503, answer: null }, refused(error, event)] });
  world.outbox.decide(verdictOn(1));
  await settled();
  assert.deepEqual(world.outbox.refused(), []);
  await deliver(world);
  const [entry] = world.outbox.refused();
  assert.deepEqual(entry.refused, {
    status: 412,
    error,
    event: { id: 1, version: 9, fingerprint: "f9", approval: "rejected" },
  });
  assert.deepEqual(world.outbox.waiting(), []);
});

test("an answer that is cut off is no answer", async () => {
  const world = outboxWith({ answers: [{ status: 200, answer: null }] });
  world.outbox.decide(verdictOn(1));
  await settled();
  assert.deepEqual(kinds(world.outbox), ["decide"]);
});

test("an ended session keeps everything, and tells who has signed in", async () => {
  const world = outboxWith({ answers: [{ status: 401, answer: { signed_in: "edda" } }] });
  world.outbox.decide(verdictOn(1));
  await settled();
  assert.deepEqual(
    [world.delivery.signedOut, world.delivery.signedInAs, kinds(world.outbox)],
    [true, "edda", ["decide"]],
  );
});

test("a later verdict is about the version that the earlier one left", async () => {
  const world = outboxWith();
  const first = world.outbox.decide(verdictOn(1));
  await settled();
  world.answers.push(saved(step(1, 4)), saved(step(1, 5)));
  const second = world.outbox.decide(verdictOn(1, "rejected"));
  assert.equal(second.after, first.key);
  await settled();
  const { version, fingerprint } = world.requests.at(-1).fields;
  assert.deepEqual([version, fingerprint], [4, "f4"]);
});

test("a verdict on several is about the newest version of each", async () => {
  const world = outboxWith();
  world.outbox.decide(verdictOn(1));
  await settled();
  world.answers.push(saved(step(1, 4)), saved());
  world.outbox.decideMany({
    batch: 1,
    events: [
      [1, 3, "f3"],
      [2, 1, "f1"],
    ],
    approval: "invalid",
  });
  await settled();
  assert.equal(world.requests.at(-1).url, "/batches/1/bulk/");
  assert.equal(world.requests.at(-1).fields.events, "1.4.f4-2.1.f1");
});

test("a reason is added in place before the first attempt to send", async () => {
  const world = outboxWith();
  world.outbox.decide(verdictOn(1));
  await settled();
  const entry = world.outbox.decide(verdictOn(2, "rejected"));
  assert.equal(world.outbox.amend(entry, { reason: "Too far away" }).key, entry.key);
  world.answers.push(saved(), saved());
  await deliver(world);
  assert.equal(world.requests.at(-1).fields.reason, "Too far away");
});

test("after an attempt to send, a reason amends the verdict", async () => {
  const world = outboxWith();
  const entry = world.outbox.decide(verdictOn(1, "rejected"));
  await settled();
  const amendment = world.outbox.amend(entry, { reason: "Too far away" });
  world.answers.push(saved(step(1, 4)), saved(step(1, 5)));
  await deliver(world);
  const { key, amends, reason, version } = world.requests.at(-1).fields;
  assert.deepEqual([key, amends, reason, version], [amendment.key, entry.key, "Too far away", 4]);
});

test("a saved verdict gets its reason with the version it left", async () => {
  const world = outboxWith({ answers: [saved(step(1, 4)), saved(step(1, 5))] });
  const entry = world.outbox.decide(verdictOn(1, "rejected"));
  await settled();
  const amendment = world.outbox.amend(entry, { reason: "Too far away" }, [step(1, 4)]);
  assert.deepEqual([amendment.after, amendment.body.version, amendment.body.fingerprint], [null, 4, "f4"]);
});

test("reason and note go back to a verdict that was refused, and an undo is dropped", async () => {
  const world = outboxWith();
  const entry = world.outbox.decide(verdictOn(1, "rejected"));
  await settled();
  const amendment = world.outbox.amend(entry, { reason: "Too far away", note: "dusk" });
  world.outbox.undo({ batch: 1, event: 1, target: amendment.key });
  world.answers.push(refused("maya was faster"));
  await deliver(world);
  assert.deepEqual(world.outbox.waiting(), []);
  assert.deepEqual(
    world.outbox.refused().map(({ key, body }) => [key, body.reason, body.note]),
    [[entry.key, "Too far away", "dusk"]],
  );
});

test("a later verdict on a refused event is refused too", async () => {
  const world = outboxWith();
  world.outbox.decide(verdictOn(1));
  await settled();
  world.outbox.decide(verdictOn(1, "rejected"));
  world.answers.push(refused("maya was faster"));
  await deliver(world);
  assert.deepEqual(
    world.outbox.refused().map(({ body }) => body.approval),
    ["approved", "rejected"],
  );
});

test("a new verdict answers the refusal of an earlier one", async () => {
  const world = outboxWith({ answers: [refused("maya was faster"), saved()] });
  world.outbox.decide(verdictOn(1));
  await settled();
  world.outbox.decide(verdictOn(1, "rejected"));
  await settled();
  assert.deepEqual(world.store.all(), []);
});

test("an undo with nothing to undo is not kept", async () => {
  const world = outboxWith({
    answers: [{ status: 412, answer: { error: "You have nothing to undo in this batch." } }],
  });
  world.outbox.undo({ batch: 1 });
  await deliver(world);
  assert.deepEqual(world.outbox.entries(), []);
});

test("undoing a refused verdict only dismisses it", async () => {
  const world = outboxWith({ answers: [refused("maya was faster")] });
  const { key } = world.outbox.decide(verdictOn(1));
  await settled();
  assert.equal(world.outbox.undo({ batch: 1, event: 1, target: key }), undefined);
  assert.deepEqual(world.store.all(), []);
  assert.equal(world.requests.length, 1);
});

test("flags and comments go to their event and change no version", async () => {
  const world = outboxWith({ answers: [saved(), saved()] });
  world.outbox.flag({ event: 1, batch: 1, on: true });
  await settled();
  world.outbox.comment({ event: 1, batch: 1, kind: "say", text: "@maya look" });
  await settled();
  assert.deepEqual(
    world.requests.map(({ url }) => url),
    ["/events/1/flag/", "/events/1/comment/"],
  );
  assert.equal(world.outbox.lastOn(1), null);
});

test("entries of an earlier page are sent, those of another person are not", async () => {
  const before = outboxWith();
  before.outbox.decide(verdictOn(1));
  await settled();
  before.storage.setItem("outbox:8:000001:ab", JSON.stringify({ id: "outbox:8:000001:ab", kind: "decide", event: 2 }));
  before.storage.setItem("outbox:7:broken", "{");
  const after = outboxWith({ storage: before.storage, answers: [saved()] });
  await deliver(after);
  assert.deepEqual(
    after.requests.map(({ url }) => url),
    ["/events/1/decide/"],
  );
  assert.deepEqual(Object.keys(before.storage).sort(), ["outbox:7:broken", "outbox:8:000001:ab"]);
});

test("a verdict is sent where the storage is full", async () => {
  const world = outboxWith({ storage: memoryStorage({}, { room: 0 }), answers: [saved()] });
  world.outbox.decide(verdictOn(1));
  assert.equal(world.outbox.waiting().length, 1);
  await settled();
  assert.deepEqual([world.requests.length, world.outbox.waiting()], [1, []]);
});

test("other tabs learn what became of an entry", async () => {
  const world = outboxWith({ answers: [saved(), refused("maya was faster")] });
  world.outbox.decide(verdictOn(1));
  await settled();
  world.outbox.decide(verdictOn(2));
  await settled();
  assert.deepEqual(
    world.messages.map(({ name, detail }) => [name, detail.entry.event]),
    [
      ["verdict:saved", 1],
      ["verdict:refused", 2],
    ],
  );
});

test("the waits between attempts grow, and start anew after an answer", async () => {
  const world = outboxWith();
  world.outbox.decide(verdictOn(1));
  await settled();
  for (const wait of [1000, 2000, 4000, 8000, 16000, 30000, 30000]) {
    assert.equal(world.delivery.wait, wait);
    mock.timers.tick(1.25 * wait);
    await settled();
  }
  assert.equal(world.requests.length, 8);
  world.answers.push(saved());
  await deliver(world);
  assert.equal(world.delivery.wait, 1000);
});

test("verdicts added without an answer leave the wait as it is", async () => {
  const world = outboxWith();
  for (let event = 1; event <= 6; event++) {
    world.outbox.decide(verdictOn(event));
    await settled();
  }
  assert.deepEqual([world.requests.length, world.delivery.wait], [6, 1000]);
});

test("an unanswered entry is tried again after the wait", async () => {
  const world = outboxWith({ answers: [new Error("offline"), saved()] });
  world.outbox.decide(verdictOn(1));
  await settled();
  mock.timers.tick(1500);
  await settled();
  assert.deepEqual([world.requests.length, world.store.all()], [2, []]);
});

test("an unavailable server is asked again when its Retry-After says, however often it was", async () => {
  const unavailable = { status: 503, answer: { error: "away" }, wait: 2 };
  const world = outboxWith({ answers: [unavailable, unavailable, unavailable, saved()] });
  world.outbox.decide(verdictOn(1));
  await settled();
  for (const count of [1, 2, 3]) {
    mock.timers.tick(1900);
    await settled();
    assert.equal(world.requests.length, count);
    mock.timers.tick(700);
    await settled();
  }
  assert.deepEqual(world.outbox.waiting(), []);
});

test("nothing is sent during a wait that the server asked for, whatever is added meanwhile", async () => {
  const busy = { status: 503, answer: { error: "busy" }, wait: 3 };
  const world = outboxWith({ answers: [busy, saved(), saved(), saved()] });
  for (const event of [1, 2, 3]) {
    world.outbox.decide(verdictOn(event));
    await deliver(world);
    mock.timers.tick(500);
  }
  await settled();
  assert.equal(world.requests.length, 1);
  mock.timers.tick(2600);
  await settled();
  assert.deepEqual(
    world.requests.map(({ url }) => url),
    [1, 1, 2, 3].map((event) => `/events/${event}/decide/`),
  );
  assert.deepEqual(world.outbox.waiting(), []);
});
