import assert from "node:assert/strict";
import { test } from "node:test";
import { batchOf } from "../../static/js/store/batches.js";
import { isSound } from "../../static/js/core/sound-files.js";
import { droppedFiles } from "../../static/js/ui/dropped-files.js";

/** @import { JobRow } from "../../static/js/core/types.js" */

/** @param {Partial<JobRow>} parts @returns {JobRow} */
const row = (parts) => /** @type {JobRow} */ ({ batch_id: "x", status: "PENDING", progress: 0, rank: 0, held: false, ...parts });

test("one bar for all: every file counts the same, one that failed is over", () => {
  const jobs = [
    row({ id: "c", rank: 3 }),
    row({ id: "a", rank: 1, status: "COMPLETED", progress: 1 }),
    row({ id: "b", rank: 2, status: "RUNNING", progress: 0.5 }),
    row({ id: "d", rank: 4, status: "FAILED", progress: 0 }),
    row({ id: "e", rank: 5, batch_id: "other" }),
  ];
  const batch = batchOf(jobs, "x");
  assert.deepEqual(batch.rows.map(({ id }) => id), ["a", "b", "c", "d"]); // prettier-ignore
  assert.equal(batch.progress, (1 + 0.5 + 0 + 1) / 4);
  assert.deepEqual([batch.waiting, batch.running, batch.done, batch.failed, batch.canceled], [1, 1, 1, 1, 0]);
  assert.equal(batch.held, false);
  assert.equal(batchOf([row({ held: true })], "x").held, true);
  assert.equal(batchOf([], "x").progress, 0);
});

/** @param {string} name @param {string} [type] */
const file = (name, type = "") => ({ name, type });

test("sounds are known by type or name, in any case and script", () => {
  for (const name of ["a.WAV", "пес ня.flac", "王菲.opus", "<img onerror=x>.mp3", "x.y.m4a"]) assert.ok(isSound(file(name)), name);
  for (const name of ["cover.jpg", "mp3", "list.m3u", "wav.txt"]) assert.ok(!isSound(file(name)), name);
  assert.ok(isSound(file("nameless", "audio/mpeg")));
});

/** @typedef {{ [name: string]: Tree | null }} Tree null is a file */

/** @param {string} name @param {Tree | null} inside @returns {any} */
function entry(name, inside) {
  if (inside === null) {
    const take = (/** @type {(found: object) => void} */ give, /** @type {() => void} */ refuse) =>
      name.startsWith("gone") ? refuse() : give(file(name));
    return { name, isFile: true, isDirectory: false, file: take };
  }
  const entries = Object.entries(inside).map(([below, deeper]) => entry(below, deeper));
  const createReader = () => ({
    readEntries: (/** @type {(some: object[]) => void} */ give) => give(entries.splice(0, 2)), // a few at a time, as browsers do
  });
  return { name, isFile: false, isDirectory: true, createReader };
}

/** @param {any[]} entries @returns {any} */
const transfer = (entries) => ({
  files: [],
  items: entries.map((one) => ({
    kind: "file",
    webkitGetAsEntry: () => one,
    getAsFile: () => (one.isDirectory ? null : file(one.name)),
  })),
});

test("a folder is walked to its ends, in the order of people, and only sounds are taken", async () => {
  const tree = {
    "10 last.mp3": null,
    "2 second.mp3": null,
    "1 first.mp3": null,
    "cover.jpg": null,
    ".DS_Store": null,
    "._1 first.mp3": null,
    "gone.mp3": null,
    "CD 2": { deeper: { "глубоко.flac": null }, "notes.txt": null },
    empty: {},
  };
  const found = await droppedFiles(transfer([entry("album", tree), entry("beside.wav", null)]));
  assert.deepEqual(found.map(({ name }) => name), ["1 first.mp3", "2 second.mp3", "10 last.mp3", "глубоко.flac", "beside.wav"]); // prettier-ignore
});

test("a folder that holds itself comes to an end", async () => {
  /** @type {any} */
  const loop = { name: "loop", isDirectory: true };
  loop.createReader = () => {
    const entries = [loop, entry("a.wav", null)];
    return { readEntries: (/** @type {(some: object[]) => void} */ give) => give(entries.splice(0)) };
  };
  const found = await droppedFiles(transfer([loop]));
  assert.ok(found.length > 1 && found.length < 100);
});
