import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { UndoStack } from "../../../static/js/saving/undo_stack.js";
import { settled } from "../helpers.js";
import { deliver, outboxWith, refused, saved, verdictOn } from "./server.js";

mock.timers.enable({ apis: ["setTimeout"] }); // of later attempts: none comes by itself

function stackWith(options) {
  const world = outboxWith(options);
  return { ...world, stack: new UndoStack(1, world.outbox) };
}

function decide({ outbox, stack }, event, approval, before = "pending") {
  const entry = outbox.decide(verdictOn(event, approval));
  stack.push(entry, before);
  return entry;
}

const bodies = ({ outbox }) => outbox.waiting().map(({ kind, body }) => [kind, body.approval ?? body.target]);

test("undo takes back the newest verdict, and redo gives it again", () => {
  const world = stackWith();
  const first = decide(world, 1, "approved");
  const second = decide(world, 2, "rejected");
  assert.equal(world.stack.undo().event, 2);
  const undone = world.outbox.waiting().at(-1);
  const redone = world.stack.redo();
  assert.deepEqual([redone.event, redone.approval, redone.before], [2, "rejected", "pending"]);
  assert.deepEqual(bodies(world), [
    ["decide", "approved"],
    ["decide", "rejected"],
    ["undo", second.key],
    ["redo", undone.key],
  ]);
  world.stack.undo();
  assert.equal(world.stack.undo().entry.key, first.key);
});

test("a new verdict clears what could be redone", () => {
  const world = stackWith();
  decide(world, 1, "approved");
  world.stack.undo();
  decide(world, 1, "invalid");
  assert.equal(world.stack.redo(), null);
  assert.deepEqual(world.outbox.waiting().at(-1).body, {}, "the server looks for one in its ledger");
});

test("without a verdict of this visit the server knows what to undo", () => {
  const world = stackWith();
  assert.equal(world.stack.undo(), null);
  const [entry] = world.outbox.waiting();
  assert.deepEqual([entry.kind, entry.batch, entry.event, entry.body], ["undo", 1, null, {}]);
});

test("undoing a refused verdict shows what the server knows", async () => {
  const world = stackWith({ answers: [refused("maya was faster", { id: 1, approval: "rejected" })] });
  decide(world, 1, "approved");
  await settled();
  const verdict = world.stack.undo();
  assert.deepEqual([verdict.before, verdict.approval, verdict.saved], ["rejected", "rejected", true]);
  assert.deepEqual(world.outbox.entries(), []);
  world.stack.redo();
  assert.deepEqual(world.outbox.waiting().at(-1).body, {}, "the refused verdict cannot be redone");
});

test("a verdict on several is one undo", () => {
  const world = stackWith();
  const entry = world.outbox.decideMany({
    batch: 1,
    events: [
      [1, 1, "a"],
      [2, 1, "b"],
    ],
    approval: "invalid",
  });
  world.stack.push(entry, "pending");
  assert.deepEqual(world.stack.done[0].events, [1, 2]);
  assert.equal(world.stack.undo(), null, "which of them is on screen is not known");
  assert.deepEqual(world.outbox.waiting().at(-1).body, { target: entry.key });
});

test("a reason after the answer is about the version that was saved", async () => {
  const world = stackWith({ answers: [saved({ event: 1, version: 4, fingerprint: "f4" })] });
  decide(world, 1, "rejected");
  await settled();
  world.stack.addReason("Too far away");
  const amendment = world.outbox.waiting().at(-1);
  assert.deepEqual([amendment.body.version, amendment.body.reason], [4, "Too far away"]);
  assert.equal(world.stack.done[0].entry.key, amendment.key, "an undo is about the amended verdict");
  assert.equal(world.stack.last.reason, "Too far away");
});

test("a reason before the first attempt to send stays in the verdict", async () => {
  const world = stackWith();
  decide(world, 1, "approved");
  await settled();
  const entry = decide(world, 2, "rejected");
  world.stack.addReason("Too far away");
  assert.equal(world.stack.done.at(-1).entry.key, entry.key);
  world.answers.push(saved(), saved());
  await deliver(world);
  assert.equal(world.requests.at(-1).fields.reason, "Too far away");
});

test("a note is added to the verdict on that event, which stays", () => {
  const world = stackWith();
  decide(world, 1, "rejected");
  decide(world, 2, "approved");
  assert.equal(world.stack.addNote(1, "seen from afar"), true);
  const { event, body } = world.outbox.waiting().at(-1);
  assert.deepEqual([event, body.approval, body.note], [1, "rejected", "seen from afar"]);
  assert.equal(body.amends, world.outbox.waiting()[0].key);
});

test("a note decides nothing where this visit gave no verdict, or took it back", () => {
  const world = stackWith();
  decide(world, 1, "approved");
  world.stack.undo();
  const waiting = bodies(world);
  assert.equal(world.stack.addNote(1, "seen from afar"), false);
  assert.equal(world.stack.addNote(2, "seen from afar"), false);
  assert.deepEqual(bodies(world), waiting);
});

test("a reason after a refused reason that was dismissed names the verdict that is saved", async () => {
  const step = { event: 1, version: 4, fingerprint: "f3" };
  const world = stackWith({ answers: [saved(step), refused("ben was faster", { id: 1, approval: "rejected" })] });
  const verdict = decide(world, 1, "rejected");
  await settled();
  world.stack.addReason("glare");
  await settled();
  world.outbox.dismiss(world.outbox.refused()[0].id);
  world.stack.addReason("too far");
  assert.deepEqual(
    world.outbox.waiting().map(({ body }) => [body.amends, body.reason, body.version]),
    [[verdict.key, "too far", 4]],
  );
});

test("what follows a refused verdict with its reason is about that verdict", async () => {
  const world = stackWith();
  const verdict = decide(world, 1, "rejected");
  await settled();
  world.stack.addReason("glare");
  world.answers.push(refused("ben was faster", { id: 1, approval: "approved" }));
  await deliver(world);
  assert.deepEqual([world.outbox.waiting(), world.outbox.refused()[0].body.reason], [[], "glare"]);
  world.stack.addNote(1, "at dusk");
  assert.deepEqual([world.outbox.waiting(), world.outbox.refused()[0].body.note], [[], "at dusk"]);
  assert.equal(world.stack.undo().entry.key, verdict.key);
  assert.deepEqual([world.outbox.waiting(), world.outbox.refused()], [[], []], "dismissed, and nothing else undone");
});

test("a redo after a reason that was saved names the undo of it", async () => {
  const step = (version) => saved({ event: 1, version, fingerprint: `f${version}` });
  const world = stackWith({ answers: [step(4), step(5), step(6)] });
  decide(world, 1, "rejected");
  await settled();
  world.stack.addReason("glare");
  await settled();
  world.stack.undo();
  const [undone] = world.outbox.waiting();
  await settled();
  world.stack.redo();
  assert.deepEqual(bodies(world), [["redo", undone.key]]);
});
