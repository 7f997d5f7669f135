import assert from "node:assert/strict";
import { test } from "node:test";
import { PLAIN, audible, decibels, levelsText, loudness, recalled, remember, untouched } from "../../static/js/desk/mixer/levels.js";

/** @import { Lanes } from "../../static/js/desk/mixer/levels.js" */

/** @param {Record<string, Partial<typeof PLAIN>>} changes @returns {Lanes} */
const lanes = (changes) => Object.fromEntries(Object.entries(changes).map(([name, some]) => [name, { ...PLAIN, ...some }]));

/** @returns {Storage} */
function storage() {
  const kept = new Map();
  return /** @type {any} */ ({ getItem: (/** @type {string} */ key) => kept.get(key) ?? null, setItem: kept.set.bind(kept) });
}

test("solo goes before mute, several solos sound together", () => {
  assert.deepEqual(audible(lanes({ a: {}, b: { mute: true }, c: {} })), ["a", "c"]);
  assert.deepEqual(audible(lanes({ a: {}, b: { mute: true, solo: true }, c: { solo: true } })), ["b", "c"]);
  const mixed = lanes({ a: { gain: 0.5 }, b: { mute: true, gain: 2 } });
  assert.deepEqual([loudness(mixed, "a"), loudness(mixed, "b"), loudness(mixed, "none")], [0.5, 0, 0]);
});

test("the words for /mix say what sounds and nothing else", () => {
  assert.equal(levelsText(lanes({ drums: {}, bass: {} })), "drums bass");
  assert.equal(levelsText(lanes({ drums: { gain: 0.8 }, bass: { pan: -0.25 }, vocals: { gain: 1.5, pan: 1 } })), "drums=0.8 bass=1@-0.25 vocals=1.5@1");
  assert.equal(levelsText(lanes({ drums: { mute: true }, bass: { gain: 0 }, vocals: { gain: 0.1 + 0.2 } })), "vocals=0.3");
  assert.equal(levelsText(lanes({ drums: { mute: true } })), "");
});

test("decibels of gains", () => {
  assert.equal(decibels(1), 0);
  assert.equal(decibels(0), null);
  assert.ok(Math.abs((decibels(2) ?? 0) - 6.0206) < 1e-4);
});

test("a mix is remembered per track, in small form, without what was not moved", () => {
  const place = storage();
  const moved = lanes({ drums: { gain: 0.8, solo: true }, bass: {} });
  remember(place, "one", moved);
  assert.deepEqual(recalled(place, "one", ["drums", "bass"]), moved);
  assert.ok(untouched(recalled(place, "two", ["drums"])));
  assert.equal(place.getItem("mixer_v1"), '{"one":{"drums":[0.8,0,0,1]}}');
  remember(place, "one", lanes({ drums: {}, bass: {} }));
  assert.equal(place.getItem("mixer_v1"), "{}");
});

test("old mixes are forgotten, broken ones give way to the plain lane", () => {
  const place = storage();
  for (let track = 0; track < 100; track++) remember(place, `track${track}`, lanes({ drums: { pan: 1 } }));
  assert.equal(Object.keys(JSON.parse(place.getItem("mixer_v1") ?? "")).length, 60);
  assert.equal(recalled(place, "track99", ["drums"]).drums?.pan, 1);
  assert.ok(untouched(recalled(place, "track0", ["drums"])));
  place.setItem("mixer_v1", '{"x":{"drums":["loud",7,0,0],"bass":[0.5]}}');
  assert.deepEqual(recalled(place, "x", ["drums", "bass"]), lanes({ drums: {}, bass: { gain: 0.5 } }));
  place.setItem("mixer_v1", "}{");
  assert.ok(untouched(recalled(place, "x", ["drums"])));
});
