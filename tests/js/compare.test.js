import assert from "node:assert/strict";
import { test } from "node:test";
import { Comparison, matchedGains } from "../../static/js/sound/compare.js";
import { FakeContext, turn } from "./fake-audio.js";

/** @import { Known } from "../../static/js/sound/compare.js" */

const UPLOAD = "upload:0";
const TRACK = "track:1";
const REFERENCE = "track:2";

/** @type {Known[]} */
const SIDES = [
  { label: "A", key: UPLOAD, samples: 44100 * 6, rate_hz: 44100, channels: 2, loudness_lufs: -12 },
  { label: "B", key: TRACK, samples: 48000 * 6, rate_hz: 48000, channels: 2, loudness_lufs: -15 },
  { label: "Reference", key: REFERENCE, samples: 22050 * 20, rate_hz: 22050, channels: 1, loudness_lufs: -9 },
];

/** @param {readonly Known[]} sides */
function compared(sides) {
  FakeContext.sources = [];
  FakeContext.nodes = [];
  const context = new FakeContext();
  context.sampleRate = Math.max(...sides.map((side) => side.rate_hz));
  /** @type {[string, number, number, number][]} */
  const asked = [];
  const comparison = new Comparison({
    sides,
    load: async (key, from, count, rate_hz) => {
      asked.push([key, from, count, rate_hz]);
      return [new Float32Array(count)];
    },
    open: () => /** @type {any} */ (context),
  });
  return { comparison, asked, context };
}

const close = (/** @type {number} */ a, /** @type {number} */ b) => assert.ok(Math.abs(a - b) < 1e-9, `${a} is not ${b}`);

test("the louder ones come down to the softest; what cannot be measured stays as it is", () => {
  assert.deepEqual(matchedGains([{ loudness_lufs: -12 }, { loudness_lufs: -15 }, { loudness_lufs: -9 }]), [-3, 0, -6]);
  assert.deepEqual(matchedGains([{ loudness_lufs: null }, { loudness_lufs: -15 }, { gain_db: -2 }]), [0, 0, -2]);
  assert.deepEqual(matchedGains([{}, {}]), [0, 0]);
});

test("all sounds start on one sample at the highest rate, and each is heard as long as it lasts", async (t) => {
  const { comparison, asked } = compared(SIDES);
  t.after(() => comparison.dispose());
  comparison.toggle();
  for (let turns = 0; turns < 5; turns++) await turn();
  const first = asked.slice(0, 3);
  assert.deepEqual(first.map(([key]) => key), [UPLOAD, TRACK, REFERENCE]); // prettier-ignore
  assert.equal(new Set(first.map(([, from, count, rate_hz]) => `${from} ${count} ${rate_hz}`)).size, 1);
  assert.equal(asked[0]?.[3], 48000);
  const begun = FakeContext.sources.slice(0, 3);
  assert.deepEqual([begun.length, new Set(begun.map(({ when }) => when)).size], [3, 1]);
  assert.equal(comparison.duration_s, 20);
});

test("one is heard at a time, matched in loudness, and the switch starts nothing anew", async (t) => {
  const { comparison, asked } = compared(SIDES);
  t.after(() => comparison.dispose());
  comparison.toggle();
  for (let turns = 0; turns < 5; turns++) await turn();
  const strips = FakeContext.nodes.filter((node) => "pan" in node).slice(0, 40);
  const levels = () => strips.map((node) => node.gain.value).filter((value) => value !== 1);
  const [pieces, started] = [asked.length, FakeContext.sources.length];
  close(Math.max(...levels()), 10 ** (-3 / 20));
  comparison.next();
  assert.equal(comparison.chosen, 1);
  assert.equal(levels().filter((value) => value > 0).length, 0, "A and the reference are silent, B is as it was");
  comparison.next();
  close(Math.max(...levels()), 10 ** (-6 / 20));
  comparison.next();
  assert.equal(comparison.chosen, 0);
  comparison.choose(7);
  assert.equal(comparison.chosen, 0, "there is no such side");
  assert.deepEqual([asked.length, FakeContext.sources.length], [pieces, started]);
  comparison.dispose();
  comparison.dispose();
});

test("a preview is compared with its own spot of the source", async (t) => {
  const [source, preview] = /** @type {[Known, Known]} */ ([
    { label: "A", key: UPLOAD, samples: 44100 * 60, rate_hz: 44100, channels: 2, offset_s: 30, length_s: 5, gain_db: 0 },
    { label: "B", key: TRACK, samples: 48000 * 5, rate_hz: 48000, channels: 2, gain_db: 0 },
  ]);
  const { comparison, asked } = compared([source, preview]);
  t.after(() => comparison.dispose());
  comparison.toggle();
  for (let turns = 0; turns < 5; turns++) await turn();
  assert.equal(comparison.duration_s, 5);
  assert.deepEqual(asked.slice(0, 2).map(([key, from]) => [key, from]), [[UPLOAD, 48000 * 30], [TRACK, 0]]); // prettier-ignore
});
