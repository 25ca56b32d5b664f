import assert from "node:assert/strict";
import { test } from "node:test";
import { pilesByCard, Queue } from "../../../static/js/deck/queue.js";
import { memoryStorage } from "../helpers.js";

const ADDRESS = "/batches/1/queue/";
const NUMBERS = [1, 2, 3, 4, 5, 6];

function context(answers = [], options = {}) {
  const requests = [];
  const load = async (url, query) => {
    requests.push([url, query]);
    return { ids: [], after: null, total: NUMBERS.length, place: 1, ...answers.shift() };
  };
  return { load, requests, storage: memoryStorage(), grouped: true, ...options };
}

const openAt = (event, answer = {}, options = {}) =>
  Queue.open(ADDRESS, event, context([{ ids: NUMBERS, place: event, ...answer }], options));

test("opening asks for the event and stands on it", async () => {
  const using = context([{ ids: [3, 4, 5], place: 3 }]);
  const queue = await Queue.open(ADDRESS, 4, using);
  assert.deepEqual(using.requests, [[ADDRESS, { at: 4 }]]);
  assert.equal(queue.current, 4);
  assert.equal(queue.label, "3 / 6");
});

test("far behind the card on screen are only cards that were passed", async () => {
  const queue = await openAt(2);
  assert.deepEqual(queue.around(10, -3), []);
  queue.move(3);
  assert.deepEqual(queue.around(10, -3), [1, 2]);
  assert.deepEqual(queue.around(1, 1), [4, 5, 6]);
});

test("of very many events the place comes after the ids, and is right wherever the person is by then", async () => {
  const using = context([
    { ids: NUMBERS, place: undefined, total: undefined },
    { place: 3003, total: 9000, cards: { place: 3001, total: 8000 } },
  ]);
  const queue = await Queue.open(ADDRESS, 3, using);
  const counting = queue.countPlace();
  assert.deepEqual([queue.label, queue.left, queue.progress], ["Counting …", 0, 0]);
  queue.move(2);
  queue.drop([6]);
  await counting;
  assert.deepEqual(using.requests[1], [ADDRESS, { place: 3 }]);
  assert.deepEqual([queue.label, queue.counts], ["3,003 / 8,000", { cards: 8000, events: 9000 }]);
  await queue.countPlace();
  assert.equal(using.requests.length, 2);
});

test("without an answer about its place a queue has none, and asks again after a reload", async () => {
  const using = context([{ ids: NUMBERS, place: undefined }, { place: 2 }]);
  const queue = await Queue.open(ADDRESS, 1, using);
  queue.load = () => Promise.reject(new Error("unavailable"));
  await assert.rejects(queue.countPlace());
  assert.equal(queue.label, "");
  const again = await Queue.open(ADDRESS, 2, { ...using, reuse: true });
  await again.countPlace();
  assert.equal(again.label, "2 / 6");
});

test("a stored queue is used again after a reload, at the event on screen", async () => {
  const using = context([{ ids: NUMBERS }, { ids: [9] }]);
  await Queue.open(ADDRESS, 1, using);
  const queue = await Queue.open(ADDRESS, 3, { ...using, reuse: true });
  assert.equal(using.requests.length, 1);
  assert.deepEqual([queue.ids, queue.current, queue.label], [NUMBERS, 3, "3 / 6"]);
});

test("a stored queue without the event on screen is loaded anew", async () => {
  const using = context([{ ids: NUMBERS }, { ids: [9], total: 1 }]);
  await Queue.open(ADDRESS, 1, using);
  const queue = await Queue.open(ADDRESS, 9, { ...using, reuse: true });
  assert.deepEqual(queue.ids, [9]);
});

test("opened anew, a stored queue is not used", async () => {
  const using = context([{ ids: NUMBERS }, { ids: [2, 1], place: 2 }]);
  await Queue.open(ADDRESS, 1, using);
  const queue = await Queue.open(ADDRESS, 1, using);
  assert.deepEqual(queue.ids, [2, 1]);
});

test("a forgotten queue is loaded anew by a reload", async () => {
  const using = context([{ ids: NUMBERS }, { ids: [1] }]);
  (await Queue.open(ADDRESS, 1, using)).forget();
  await Queue.open(ADDRESS, 1, { ...using, reuse: true });
  assert.equal(using.requests.length, 2);
});

test("what still arrives for a forgotten queue does not store it", async () => {
  const using = context([{ ids: NUMBERS }, { ids: [1] }]);
  const queue = await Queue.open(ADDRESS, 1, using);
  queue.forget();
  queue.hold([3]);
  await Queue.open(ADDRESS, 1, { ...using, reuse: true });
  assert.equal(using.requests.length, 2);
});

test("a stored queue is not used where piles were switched off meanwhile", async () => {
  const piles = [[2, 3]];
  const using = context([
    { ids: NUMBERS, piles, cards: { total: 5, place: 1 } },
    { ids: NUMBERS, piles, cards: { total: 5, place: 1 } },
  ]);
  await Queue.open(ADDRESS, 1, using);
  const queue = await Queue.open(ADDRESS, 1, { ...using, grouped: false, reuse: true });
  assert.deepEqual([queue.ids, queue.label], [NUMBERS, "1 / 6"]);
});

test("a queue of one event is not stored", async () => {
  const using = context([{ ids: NUMBERS }]);
  Queue.single(ADDRESS, 1, using).hold([]);
  const queue = await Queue.open(ADDRESS, 1, { ...using, reuse: true });
  assert.deepEqual(queue.ids, NUMBERS);
});

test("a full storage only costs the queue after a reload", async () => {
  const queue = await openAt(1, {}, { storage: memoryStorage({}, { room: 0 }) });
  queue.skip();
  assert.equal(queue.current, 2);
});

test("without an answer there is a queue of the one event", () => {
  const queue = Queue.single(ADDRESS, 7, context());
  assert.deepEqual([queue.current, queue.label, queue.left], [7, "1 / 1", 1]);
});

test("the label ends with the queue", async () => {
  const queue = await openAt(6);
  assert.deepEqual([queue.label, queue.left, queue.progress], ["6 / 6", 1, 5 / 6]); // the last one is not behind one yet
  queue.move(1);
  assert.equal(queue.progress, 1);
  assert.deepEqual([queue.current, queue.label, queue.left], [undefined, "", 0]);
});

test("moving stops at both ends", async () => {
  const queue = await openAt(2);
  queue.move(-5);
  assert.equal(queue.current, 1);
  queue.move(20);
  assert.equal(queue.index, 6);
});

test("skipped cards come back once, at the very end", async () => {
  const queue = await openAt(1, { ids: [1, 2, 3] });
  queue.skip();
  queue.move(1);
  queue.move(1);
  assert.equal(queue.current, 1);
  queue.skip();
  assert.equal(queue.current, undefined);
});

test("a skipped card that is decided does not come back", async () => {
  const queue = await openAt(1, { ids: [1, 2] });
  queue.skip();
  queue.move(-1);
  queue.markDecided();
  queue.move(2);
  assert.equal(queue.current, undefined);
});

test("skipped cards wait until the last part of the queue is loaded", async () => {
  const queue = await openAt(1, { ids: [1, 2], after: "2" });
  queue.skip();
  queue.move(1);
  assert.equal(queue.current, undefined);
});

test("an event that cannot be played comes at the end, and only once", async () => {
  const queue = await openAt(1, { ids: [1, 2, 3] });
  assert.equal(queue.postpone(1), false, "it is on screen");
  assert.equal(queue.postpone(2), true);
  assert.deepEqual(queue.ids, [1, 3]);
  queue.move(2);
  assert.equal(queue.current, 2);
  assert.equal(queue.postpone(2), false, "it came back already");
});

test("going to an event that is not in the queue puts it next", async () => {
  const queue = await openAt(2);
  queue.goTo(77);
  assert.deepEqual([queue.ids, queue.current], [[1, 2, 77, 3, 4, 5, 6], 77]);
});

test("a refused event comes back right after the one on screen", async () => {
  const queue = await openAt(3);
  queue.bringBack(1);
  assert.deepEqual([queue.ids, queue.current], [[2, 3, 1, 4, 5, 6], 3]);
  queue.bringBack(3);
  assert.deepEqual(queue.ids, [2, 3, 1, 4, 5, 6]);
});

test("a refused event is on screen again where the queue has ended", async () => {
  const queue = await openAt(6);
  queue.move(1);
  queue.bringBack(2);
  assert.equal(queue.current, 2);
});

test("events of other reviewers come after everything else, when they are released", async () => {
  const queue = await openAt(1);
  queue.hold([2, 3]);
  assert.deepEqual(
    [queue.ids, queue.held],
    [
      [1, 4, 5, 6],
      [2, 3],
    ],
  );
  queue.release([3]);
  assert.deepEqual([queue.ids, queue.held], [[1, 4, 5, 6, 3], [2]]);
});

test("what lies behind stays, whoever holds it", async () => {
  const queue = await openAt(4);
  queue.hold([1, 5]);
  queue.drop([2, 6]);
  assert.deepEqual(queue.ids, [1, 2, 3, 4]);
});

test("decided events leave the queue and its total", async () => {
  const queue = await openAt(1);
  queue.hold([6]);
  queue.drop([2, 6]);
  assert.deepEqual([queue.ids, queue.held, queue.label], [[1, 3, 4, 5], [], "1 / 4"]);
});

test("the event on screen is the card of its own pile", () => {
  assert.deepEqual(
    pilesByCard(
      [
        [1, 2, 3],
        [4, 5],
      ],
      2,
    ),
    { 2: [2, 1, 3], 4: [4, 5] },
  );
});

test("events below a card have none of their own", async () => {
  const queue = await openAt(2, { piles: [[1, 2, 5]], cards: { total: 4, place: 1 } });
  assert.deepEqual([queue.ids, queue.pileOf(2), queue.label], [[2, 3, 4, 6], [2, 1, 5], "1 / 4"]);
  assert.deepEqual(queue.counts, { cards: 4, events: 6 });
});

test("without piles every event has a card", async () => {
  const queue = await openAt(2, { piles: [[1, 2, 5]], cards: { total: 4, place: 1 } }, { grouped: false });
  assert.deepEqual([queue.ids, queue.pileOf(2), queue.label], [NUMBERS, undefined, "2 / 6"]);
});

test("an event taken out of its pile is the next card, and can be put back", async () => {
  const queue = await openAt(1, { piles: [[1, 2, 5]] });
  queue.splitFromPile(5);
  assert.deepEqual(
    [queue.ids, queue.pileOf(1)],
    [
      [1, 5, 3, 4, 6],
      [1, 2],
    ],
  );
  queue.rejoinPile(5);
  assert.deepEqual(
    [queue.ids, queue.pileOf(1)],
    [
      [1, 3, 4, 6],
      [1, 2, 5],
    ],
  );
});

test("a pile that loses its card goes on with the next event", async () => {
  const queue = await openAt(1, { piles: [[1, 2, 5]] });
  queue.splitFromPile(1);
  assert.deepEqual([queue.ids, queue.current], [[1, 2, 3, 4, 6], 1]);
  assert.deepEqual([queue.pileOf(1), queue.pileOf(2)], [undefined, [2, 5]]);
});

test("an event that was left out comes next, by itself", async () => {
  const queue = await openAt(1, { piles: [[1, 2, 5]] });
  queue.move(1);
  queue.requeueNext(2);
  assert.deepEqual([queue.ids, queue.current, queue.pileOf(1)], [[1, 3, 2, 4, 6], 3, [1, 5]]);
});

test("the card on screen stays where it is when it was left out", async () => {
  const queue = await openAt(1, { piles: [[1, 2, 5]] });
  queue.requeueNext(1);
  assert.deepEqual([queue.ids, queue.current, queue.pileOf(1)], [[1, 3, 4, 6], 1, undefined]);
});

test("more is loaded before the end is reached, once at a time", async () => {
  const using = context([
    { ids: [1, 2], after: "2" },
    { ids: [2, 3], after: null },
  ]);
  const queue = await Queue.open(ADDRESS, 1, using);
  await Promise.all([queue.refill(), queue.refill(), queue.loadMore()]);
  assert.deepEqual(using.requests.slice(1), [[ADDRESS, { after: "2" }]]);
  assert.deepEqual([queue.ids, queue.after], [[1, 2, 3], null]);
});

test("a part that cannot be loaded is asked for again", async () => {
  const using = context([{ ids: [1], after: "1" }]);
  const queue = await Queue.open(ADDRESS, 1, using);
  queue.load = () => Promise.reject(new Error("no answer"));
  await assert.rejects(queue.refill(), { message: "no answer" });
  queue.load = using.load;
  await queue.refill();
  assert.deepEqual(using.requests.at(-1), [ADDRESS, { after: "1" }]);
});

test("what others decided leaves the total, also after a reload", async () => {
  const using = context([{ ids: NUMBERS }]);
  const queue = await Queue.open(ADDRESS, 1, using);
  queue.hold([5]);
  queue.drop([3, 5]);
  queue.move(1);
  const reloaded = await Queue.open(ADDRESS, 2, { ...using, reuse: true });
  assert.deepEqual([queue.label, reloaded.label], ["2 / 4", "2 / 4"]);
  assert.deepEqual(reloaded.ids, queue.ids);
});
