import assert from "node:assert/strict";
import { test } from "node:test";
import { PAGE, Shelf } from "../../static/js/library/shelf.js";

/** @import { Search } from "../../static/js/core/types.js" */

/** A library of a thousand tracks that remembers which rows were asked for. */
function house() {
  /** @type {number[]} */
  const asked = [];
  const shelf = new Shelf(async (/** @type {Search} */ { offset = 0 }) => {
    asked.push(offset);
    return { tracks: [], total: 1000 };
  });
  return { shelf, asked };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

test("what may have changed is asked for where it is in sight, and forgotten elsewhere", async () => {
  const { shelf, asked } = house();
  shelf.find({});
  await settled();
  for (const page of [1, 2, 5]) {
    shelf.want(page * PAGE, page * PAGE + 10);
    await settled();
  }
  shelf.want(5 * PAGE + 95, 6 * PAGE + 5);
  await settled();
  assert.deepEqual(asked.splice(0), [0, 100, 200, 500, 600]);
  shelf.refresh();
  await settled();
  assert.deepEqual(asked.splice(0), [500, 600]);
  shelf.want(0, 10);
  await settled();
  assert.deepEqual(asked.splice(0), [0]);
  shelf.find({ q: "calm" });
  await settled();
  assert.deepEqual(asked, [0]);
});
