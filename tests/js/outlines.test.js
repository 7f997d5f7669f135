import assert from "node:assert/strict";
import { test } from "node:test";
import { Outlines } from "../../static/js/store/outlines.js";

const later = (/** @type {number} */ ms) => new Promise((resolve) => setTimeout(resolve, ms));

test("many rows that come into sight are one request, and each is asked for once", async () => {
  /** @type {(readonly string[])[]} */
  const asked = [];
  const outlines = new Outlines(async (keys) => {
    asked.push(keys);
    return { outlines: { "track:a": "0z" } };
  });
  let drawn = 0;
  const end = outlines.on("track:a", () => drawn++);
  for (const key of ["track:a", "track:b", "track:c", "track:a"]) outlines.want(key);
  outlines.forget("track:c");
  await later(100);
  assert.deepEqual(asked, [["track:a", "track:b"]]);
  assert.deepEqual([outlines.get("track:a"), outlines.get("track:b"), outlines.get("track:c"), drawn], ["0z", "", undefined, 1]);
  outlines.want("track:a");
  outlines.want("track:b");
  await later(100);
  assert.equal(asked.length, 1);
  end();
});

test("a long list is asked for in parts, one after the other; what failed is asked for again when it is wanted", async () => {
  let failing = true;
  /** @type {number[]} */
  const asked = [];
  const outlines = new Outlines(async (keys) => {
    asked.push(keys.length);
    if (failing) throw new TypeError("no server");
    return { outlines: Object.fromEntries(keys.map((key) => [key, "z"])) };
  });
  for (let at = 0; at < 250; at++) outlines.want(`track:${at}`);
  await later(300);
  assert.deepEqual(asked, [100, 100, 50]);
  failing = false;
  outlines.want("track:7");
  await later(100);
  assert.equal(outlines.get("track:7"), "z");
});

test("what is on its way is not asked for a second time", async () => {
  let asked = 0;
  const outlines = new Outlines(async (keys) => {
    asked += keys.length;
    await later(100);
    return { outlines: { [String(keys[0])]: "z" } };
  });
  outlines.want("track:a");
  await later(90);
  outlines.want("track:a");
  await later(200);
  assert.deepEqual([asked, outlines.get("track:a")], [1, "z"]);
});
