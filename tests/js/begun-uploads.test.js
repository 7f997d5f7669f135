import assert from "node:assert/strict";
import { test } from "node:test";
import { BegunUploads, fingerprintOf } from "../../static/js/store/begun-uploads.js";
import { memory } from "./memory.js";

const DAY_MS = 24 * 3_600_000;
const begun = (/** @type {object} */ parts = {}) => ({ id: "a", part_bytes: 8, name: "a.wav", size: 20, at: Date.now(), ...parts });

test("what was begun is known when the page is opened anew, for a day, until it is complete", () => {
  const storage = memory();
  new BegunUploads(storage).keep("x", begun());
  const again = new BegunUploads(storage);
  again.keep("old", begun({ at: Date.now() - DAY_MS - 1 }));
  assert.deepEqual([again.find("x")?.id, again.find("old"), again.find("y")], ["a", null, null]);
  new BegunUploads(storage).keep("z", begun({ id: "b" })); // in another tab
  again.forget("x");
  assert.deepEqual(Object.keys(again.all), ["z"]);
});

test("a file is known by its name, length, time, beginning and end", async () => {
  const content = new Uint8Array(200_000).fill(7);
  const changed = (/** @type {number} */ at) => content.with(at, 8);
  const file = (/** @type {Uint8Array<ArrayBuffer>} */ bytes, name = "a.wav", lastModified = 1) => new File([bytes], name, { lastModified });
  const same = await fingerprintOf(file(content));
  assert.equal(await fingerprintOf(file(content.slice())), same);
  const others = [file(changed(0)), file(changed(199_999)), file(content.slice(1)), file(content, "b.wav"), file(content, "a.wav", 2)];
  const found = await Promise.all(others.map(fingerprintOf));
  assert.equal(new Set([same, ...found]).size, 6);
});
