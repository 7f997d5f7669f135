import assert from "node:assert/strict";
import { test } from "node:test";
import { frequencyMarks, multiples, rounded, timeMarks, timeStep } from "../../static/js/sound/axis.js";

test("a range is rounded to marks that hold every value", () => {
  assert.deepEqual(rounded(-12, 12, 4), { range: [-12, 12], marks: [-12, -6, 0, 6, 12] });
  for (const [low, high] of /** @type {[number, number][]} */ ([[-0.3, 17.2], [-61, -8], [0.001, 0.002], [5, 5.1]])) {
    const { range, marks } = rounded(low, high, 4);
    assert.ok(range[0] <= low && range[1] >= high, `${range} holds ${low}..${high}`);
    assert.ok(marks.length >= 2 && marks.length <= 7, `${marks}`);
    assert.deepEqual([marks[0], marks.at(-1)], range.map((end) => Number(end.toPrecision(12))));
  }
});

test("marks of time are on the clock, few enough and in order", () => {
  assert.equal(timeStep(30, 6), 5);
  assert.equal(timeStep(3 * 3600, 6), 1800);
  assert.equal(timeStep(0.3, 6), 0.05);
  assert.equal(timeStep(100 * 3600, 6), 17 * 3600);
  for (const span_s of [0.05, 1, 8, 59, 61, 600, 7000, 90_000]) {
    assert.ok(multiples(0, span_s, timeStep(span_s, 6)).length <= 7);
  }
});

test("no two marks of time are called the same", () => {
  const labels = (/** @type {number} */ from_s, /** @type {number} */ to_s, /** @type {number} */ most) =>
    timeMarks(from_s, to_s, most).map(({ label }) => label);
  assert.deepEqual(labels(0, 10, 22).slice(0, 4), ["0:00.0", "0:00.5", "0:01.0", "0:01.5"]);
  assert.deepEqual(labels(0, 5, 6), ["0:00", "0:01", "0:02", "0:03", "0:04", "0:05"]);
  assert.deepEqual(labels(65.2, 65.3, 3), ["1:05.20", "1:05.25", "1:05.30"]);
  for (const span_s of [0.25, 1, 10, 59, 600, 7000]) {
    for (const most of [2, 6, 22]) {
      const said = labels(0, span_s, most);
      assert.equal(new Set(said).size, said.length, `${said}`);
    }
  }
});

test("frequencies are marked at 1, 2 and 5, the powers of ten above all", () => {
  const marks = frequencyMarks(20, 20_000);
  assert.deepEqual(marks.map(({ hz }) => hz), [20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000]);
  assert.deepEqual(marks.filter(({ major }) => major).map(({ hz }) => hz), [100, 1000, 10_000]);
});
