import assert from "node:assert/strict";
import { test } from "node:test";
import { bandGain, changed, eqGain, fromSlider, knobs, legalBand, plainPart, toSlider } from "../../static/js/desk/match/style.js";

/** @import { EqBand } from "../../static/js/desk/match/style.js" */

const RATE_HZ = 48_000;

test("a bell has its gain at its centre and none far away", () => {
  /** @type {EqBand} */
  const band = { type: "peaking", f_hz: 1000, q: 1, gain_db: 6 };
  assert.ok(Math.abs(bandGain(band, 1000, RATE_HZ) - 6) < 1e-9);
  assert.ok(Math.abs(bandGain(band, 20, RATE_HZ)) < 0.02);
  assert.ok(Math.abs(bandGain(band, 23_900, RATE_HZ)) < 0.01);
});

for (const [type, full_hz, none_hz] of /** @type {const} */ ([
  ["low_shelf", 1, 23_999],
  ["high_shelf", 23_999, 1],
])) {
  test(`a ${type} has half its gain at its frequency, all of it on its side, none on the other`, () => {
    /** @type {EqBand} */
    const band = { type, f_hz: 1000, q: Math.SQRT1_2, gain_db: -8 };
    assert.ok(Math.abs(bandGain(band, 1000, RATE_HZ) + 4) < 1e-6);
    assert.ok(Math.abs(bandGain(band, full_hz, RATE_HZ) + 8) < 0.01);
    assert.ok(Math.abs(bandGain(band, none_hz, RATE_HZ)) < 0.01);
  });
}

test("bands add up, and one above the rate's reach is left out", () => {
  /** @type {EqBand[]} */
  const bands = [
    { type: "peaking", f_hz: 500, q: 1, gain_db: 3 },
    { type: "peaking", f_hz: 500, q: 1, gain_db: -3 },
    { type: "peaking", f_hz: 12_000, q: 1, gain_db: 9 },
  ];
  assert.ok(Math.abs(eqGain(bands, 500, 8000)) < 1e-9);
});

test("a band stays within its limits", () => {
  assert.deepEqual(legalBand({ type: "peaking", f_hz: 1e9, q: 99, gain_db: -40 }), {
    type: "peaking",
    f_hz: 20_000,
    q: 4,
    gain_db: -12,
  });
});

test("a change leaves the original and everything beside it alone", () => {
  const style = { eq: [], compressor: { bands: [{ ratio: 2 }, { ratio: 3 }] } };
  const after = changed(style, ["compressor", "bands", 1, "ratio"], 5);
  assert.deepEqual(after, { eq: [], compressor: { bands: [{ ratio: 2 }, { ratio: 5 }] } });
  assert.equal(style.compressor.bands[1]?.ratio, 3);
});

const SCHEMA = /** @type {any} */ ({
  properties: {},
  $defs: {
    CompressorSettings: { properties: { bands: { default: [{ ratio: 2 }] } } },
    CompressorBand: {
      properties: { high_hz: { minimum: 10, maximum: 96_000 }, ratio: { minimum: 1, maximum: 20, unit: "" } },
    },
    LoudnessTarget: { properties: { target_db: { minimum: -50, maximum: -5, unit: "LUFS", default: -14 } } },
  },
});

test("every number of a part has a knob, edges of bands have none", () => {
  const style = { eq: [], compressor: { bands: [{ high_hz: 200, ratio: 2 }, { high_hz: null, ratio: 3 }] }, lufs: null };
  const paths = knobs(style, "compressor", SCHEMA).map(({ path, value }) => [path.join("."), value]);
  assert.deepEqual(paths, [
    ["compressor.bands.0.ratio", 2],
    ["compressor.bands.1.ratio", 3],
  ]);
  assert.deepEqual(knobs(style, "lufs", SCHEMA), []);
  assert.deepEqual(plainPart("lufs", SCHEMA), { target_db: -14 });
});

test("a slider's place and its value belong together", () => {
  const knob = { path: [], name: "release_ms", value: 250, minimum: 5, maximum: 3000, unit: "ms" };
  assert.ok(Math.abs(fromSlider(knob, toSlider(knob)) - 250) < 2);
  assert.equal(fromSlider(knob, 0), 5);
  assert.equal(fromSlider(knob, 1000), 3000);
});
