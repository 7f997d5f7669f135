import assert from "node:assert/strict";
import { test } from "node:test";
import { pieceLength, spanAt } from "../../static/js/sound/spans.js";
import { StemPlayer } from "../../static/js/sound/stem-player.js";
import { FakeContext, turn } from "./fake-audio.js";

/** @import { Range } from "../../static/js/sound/spans.js" */

/** @param {number} at @param {{ samples: number, piece: number, repeat: Range | null }} plan @param {number} most @returns {[number, number][]} */
function walk(at, plan, most = 1000) {
  /** @type {[number, number][]} */
  const spans = [];
  /** @type {number | null} */
  let next = at;
  while (next !== null && spans.length < most) {
    const span = spanAt(next, plan);
    if (!span) break;
    spans.push([span.from, span.count]);
    next = span.next;
  }
  return spans;
}

test("spans join without a gap from any place to the end, and none is a crumb", () => {
  for (let at = 0; at < 1003; at += 7) {
    const plan = { samples: 1003, piece: 100, repeat: null };
    const spans = walk(at, plan);
    let place = at;
    for (const [from, count] of spans) {
      assert.equal(from, place);
      assert.ok(count <= 150 && (count >= 25 || at > 1003 - 25), `${at}: ${count}`);
      place += count;
    }
    assert.equal(place, 1003);
  }
  assert.deepEqual(walk(1003, { samples: 1003, piece: 100, repeat: null }), []);
});

test("a repeated range is entered and never left", () => {
  const plan = { samples: 1000, piece: 100, repeat: { from: 250, to: 430 } };
  assert.deepEqual(walk(0, plan, 4), [[250, 50], [300, 100], [400, 30], [250, 50]]); // prettier-ignore
  assert.deepEqual(walk(420, plan, 2), [[420, 10], [250, 50]]); // prettier-ignore
  assert.deepEqual(walk(900, plan, 1), [[250, 50]]);
  assert.deepEqual(walk(0, { ...plan, repeat: { from: 10, to: 15 } }, 2), [[10, 5], [10, 5]]); // prettier-ignore
  assert.deepEqual(walk(5, { ...plan, repeat: { from: 900, to: 2000 } }, 2), [[900, 100], [900, 100]]); // prettier-ignore
});

test("pieces are seconds, shorter where many channels would fill the memory", () => {
  assert.equal(pieceLength(44100, 8), 132300);
  assert.ok(pieceLength(192000, 36) * 36 * 4 <= 2 ** 24);
  assert.equal(pieceLength(48000, 10_000), 12000);
});

/** @param {number} samples @param {{ ahead_s?: number }} [how] */
function player(samples, how = {}) {
  FakeContext.sources = [];
  const context = new FakeContext();
  /** @type {[string, number, number][]} */
  const asked = [];
  const made = new StemPlayer({
    stems: ["drums", "bass", "vocals", "other"].map((name) => ({ name, samples, channels: 2 })),
    rate_hz: 44100,
    load: async (name, from, count) => {
      asked.push([name, from, count]);
      return [new Float32Array(count), new Float32Array(count)];
    },
    open: () => /** @type {any} */ (context),
    ...how,
  });
  return { made, context, asked };
}

test("every stem begins on the same sample, and each piece where the last one ends", async () => {
  const { made } = player(44100 * 30, { ahead_s: Infinity });
  void made.play();
  await turn();
  await turn();
  const frames = FakeContext.sources.map(({ when, length }) => [Math.floor(when * 44100), length]);
  assert.equal(frames.length, 40);
  for (let at = 0; at < frames.length; at += 4) {
    for (const stem of [1, 2, 3]) assert.deepEqual(frames[at + stem], frames[at]);
    if (at) assert.equal(frames[at]?.[0], (frames[at - 4]?.[0] ?? 0) + (frames[at - 4]?.[1] ?? 0));
  }
  made.dispose();
});

test("of an hour only the next pieces are fetched, and memory stays bounded all the way", async ({ mock }) => {
  mock.timers.enable({ apis: ["setTimeout"] });
  const turn = () => new Promise((resolve) => setImmediate(resolve));
  const { made, context, asked } = player(44100 * 3600);
  void made.play();
  await turn();
  let most = 0;
  while (made.playing && context.currentTime < 3700) {
    const last = asked.at(-1)?.[1] ?? 0;
    assert.ok(last / 44100 <= context.currentTime + 10, `fetched too early: ${last} at ${context.currentTime}`);
    context.currentTime += 1;
    const over = (/** @type {{ when: number, length: number }} */ { when, length }) => when + length / 44100 < context.currentTime;
    for (const source of FakeContext.sources) if (over(source)) source.onended();
    FakeContext.sources = FakeContext.sources.filter((source) => !over(source));
    const sounding = FakeContext.sources.reduce((sum, { length }) => sum + 8 * length, 0);
    most = Math.max(most, made.bytes + sounding);
    mock.timers.tick(1000);
    await turn();
  }
  assert.equal(asked.length, 4 * 1200);
  assert.ok(!made.playing && made.at === 0 && most < 110 * 2 ** 20, `${most} bytes`);
  made.dispose();
});

test("a jump ends what was to come and asks for nothing that is there already", async () => {
  const { made, context, asked } = player(44100 * 60);
  void made.play();
  await turn();
  await turn();
  context.currentTime = 1;
  const before = FakeContext.sources.length;
  made.seek(44100 * 30);
  assert.ok(FakeContext.sources.slice(0, before).every((source) => source.stopped));
  await turn();
  await turn();
  assert.equal(asked.filter(([, from]) => from === 44100 * 30).length, 4);
  const count = asked.length;
  made.seek(0);
  await turn();
  await turn();
  assert.equal(asked.slice(count).filter(([, from]) => from === 0).length, 0);
  made.dispose();
});

test("pausing keeps the place, disposing twice closes once and ends all use", async () => {
  const { made, context } = player(44100 * 60);
  void made.play();
  await turn();
  await turn();
  context.currentTime = 5.06;
  made.pause();
  assert.ok(Math.abs(made.at - 5 * 44100) < 200 && !made.playing);
  made.dispose();
  made.dispose();
  assert.equal(context.closed, 1);
  await made.play();
  assert.equal(made.playing, false);
  assert.equal(made.bytes, 0);
});

test("a piece that cannot be had stops the sound and says why", async () => {
  const { made } = player(44100 * 60);
  made.load = async () => {
    throw new Error("gone");
  };
  /** @type {unknown[]} */
  const failures = [];
  made.on("failed", (error) => failures.push(error));
  await made.play();
  assert.equal(failures.length, 1);
  assert.equal(made.playing, false);
  made.dispose();
});
