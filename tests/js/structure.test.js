import assert from "node:assert/strict";
import { test } from "node:test";
import { roomFor, structureOf } from "../../static/js/sound/structure.js";
import { Timeline } from "../../static/js/sound/timeline.js";

const RECORD = {
  duration_s: 40,
  parameters: {},
  details: {
    form: [{ name: "intro", bars: 2, start_s: 0 }, { name: "verse", bars: 8, start_s: 10 }, { name: "ending", start_s: 38 }],
    harmony: [{ start_s: 0, chord: "Em" }, { start_s: 5, chord: "C" }],
  },
};

test("sections and chords end where the next one begins, the last with the track", () => {
  const { sections, chords } = structureOf(RECORD);
  assert.deepEqual(sections.map(({ from_s, to_s }) => [from_s, to_s]), [[0, 10], [10, 38], [38, 40]]);
  assert.deepEqual(chords, [{ name: "Em", from_s: 0, to_s: 5 }, { name: "C", from_s: 5, to_s: 40 }]);
});

test("a clip before the piece moves them", () => {
  const { sections } = structureOf({ ...RECORD, parameters: { continuation_start_s: 7.5 } });
  assert.equal(sections[1]?.from_s, 17.5);
});

test("records without them, or with something else in their place, have none", () => {
  for (const details of [undefined, {}, { form: "verse", harmony: 3 }, { form: [null, 1, { name: "A" }], harmony: [{ chord: "C", start_s: "x" }] }]) {
    const found = structureOf({ ...RECORD, details });
    assert.deepEqual(found, { sections: [], chords: [] });
  }
});

test("of a sound that was not composed here those that were heard", () => {
  const facts = { sections: [{ start_s: 0, end_s: 12, label: "A" }, { start_s: 12, end_s: 40, label: "A'" }], chords: [{ start_s: 1, chord: "N" }] };
  const found = structureOf({ ...RECORD, details: {}, facts });
  assert.deepEqual(found, { sections: [{ name: "A", from_s: 0, to_s: 12 }, { name: "A'", from_s: 12, to_s: 40 }], chords: [] });
  assert.deepEqual(structureOf({ ...RECORD, facts }).sections.map(({ name }) => name).length, 3, "the score knows better");
});

test("a chord that has room for its name is named whatever stands before it, and of short ones the longer", () => {
  const timeline = new Timeline();
  timeline.reset(100);
  const chords = /** @type {[string, number, number][]} */ ([
    ["F♯m", 0, 1], ["C", 1, 9], ["A", 9, 10], ["Dm", 10, 12], ["G", 14, 40], ["E", 40, 100],
  ]).map(([name, from_s, to_s]) => ({ name, from_s, to_s }));
  const named = roomFor(chords, timeline, 1000);
  assert.deepEqual(chords.filter((one) => named.has(one)).map(({ name }) => name), ["C", "Dm", "G", "E"]);
});

test("sharps and flats are written as such", () => {
  const harmony = ["F#m", "Bb", "Bbm7b5", "Am", "Dbmaj7"].map((chord, at) => ({ chord, start_s: at }));
  assert.deepEqual(structureOf({ ...RECORD, details: { harmony } }).chords.map(({ name }) => name), ["F♯m", "B♭", "B♭m7♭5", "Am", "D♭maj7"]);
});
