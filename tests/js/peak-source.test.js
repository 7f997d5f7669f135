import assert from "node:assert/strict";
import { test } from "node:test";
import { LONGEST_FINE_S, PeakSource } from "../../static/js/sound/peak-source.js";

/** @import { Peaks } from "../../static/js/core/types.js" */

/** @param {number} duration_s @param {number} points @returns {Peaks} */
const level = (duration_s, points, value = 0.5) => ({ duration_s, peaks: [Array(points).fill(value), Array(points).fill(-value)] });

/** @param {number} duration_s */
function source(duration_s) {
  const asked = /** @type {{ from_s: number, to_s: number }[]} */ ([]);
  const made = new PeakSource(level(duration_s, 1000), duration_s, async (from_s, to_s, points) => {
    asked.push({ from_s, to_s });
    return level(to_s - from_s, points, 0.25);
  });
  return { made, asked };
}

test("the whole track needs nothing but the peaks that are there", () => {
  const { made, asked } = source(100);
  made.want(0, 100, 400);
  assert.deepEqual(asked, []);
  assert.deepEqual(made.between(10, 11, -1), [0.5, -0.5]);
});

test("a closer look fetches what is looked at, once, and shows it when it has come", async () => {
  const { made, asked } = source(100);
  const come = new Promise((resolve) => made.on("change", () => resolve(null)));
  made.want(40, 50, 400);
  made.want(40, 50, 400);
  const zoom = made.level(10, 400);
  assert.deepEqual(made.between(45, 45.1, zoom), [0.5, -0.5], "the coarse ones until then");
  await come;
  await Promise.resolve();
  assert.deepEqual(made.between(45, 45.1, zoom), [0.25, -0.25]);
  assert.deepEqual(made.between(90, 90.1, zoom), [0.5, -0.5], "elsewhere the coarse ones");
  assert.ok(asked.length <= 3 && asked.every(({ from_s, to_s }) => to_s - from_s <= 25), JSON.stringify(asked));
  assert.ok(Math.min(...asked.map(({ from_s }) => from_s)) <= 40 && Math.max(...asked.map(({ to_s }) => to_s)) >= 50);
});

test("hours of sound are not decoded for a picture", () => {
  const { made, asked } = source(3 * 3600);
  made.want(0, LONGEST_FINE_S + 1, 400);
  assert.deepEqual(asked, []);
  made.want(0, 60, 400);
  const seconds = asked.reduce((sum, { from_s, to_s }) => sum + to_s - from_s, 0);
  assert.ok(asked.length > 0 && seconds < 300, `${seconds} s`);
});

test("a short peak is never lost between the columns", () => {
  const high = Array(1000).fill(0);
  high[333] = 1;
  const made = new PeakSource({ duration_s: 100, peaks: [high, Array(1000).fill(0)] }, 100, async () => level(1, 1));
  for (const columns of [7, 100, 333, 1000, 1700]) {
    const tops = Array.from({ length: columns }, (_, at) => made.between((100 * at) / columns, (100 * (at + 1)) / columns, -1)[0]);
    assert.equal(Math.max(...tops), 1, `${columns} columns`);
  }
});

test("what failed is asked for again, and nothing comes after the end", async () => {
  let times = 0;
  const made = new PeakSource(level(100, 1000), 100, async () => {
    times++;
    throw new TypeError("no connection");
  });
  made.want(40, 41, 400);
  await new Promise((resolve) => setTimeout(resolve));
  made.want(40, 41, 400);
  assert.ok(times >= 2);
  made.dispose();
});
