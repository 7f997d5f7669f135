import assert from "node:assert/strict";
import { test } from "node:test";
import { SHORT_BYTES } from "../../static/js/server/uploading.js";
import { BegunUploads, fingerprintOf } from "../../static/js/store/begun-uploads.js";
import { Uploads } from "../../static/js/store/uploads.js";
import { memory } from "./memory.js";
import { UploadServer } from "./upload-server.js";

const PART = 8 * 2 ** 20;
const long = new File([new Uint8Array(SHORT_BYTES + 4)], "long.wav", { lastModified: 1 });
const SIZES = new Map([[1, PART], [2, PART], [3, 4]]);
const away = () => null;
const yielded = () => new Promise((resolve) => setImmediate(resolve));

/** A promise and what keeps it. */
function gate() {
  let open = () => {};
  const opened = new Promise((resolve) => (open = () => resolve(undefined)));
  return { opened, open };
}

/** @param {() => unknown} condition raises when it does not come true in half a minute */
async function until(condition) {
  const late = Date.now() + 30_000;
  while (!condition()) {
    if (Date.now() > late) throw new Error("what was waited for did not come");
    await yielded();
  }
}

/**
 * What a page keeps that has begun the long file before.
 *
 * @param {UploadServer} server
 * @param {Map<number, number> | null} parts that are there; null: they are joined
 */
async function begunBefore(server, parts) {
  const storage = memory();
  server.begun.set("u", { size: long.size, parts });
  const begun = { id: "u", part_bytes: PART, name: long.name, size: long.size, at: Date.now() };
  new BegunUploads(storage).keep(await fingerprintOf(long), begun);
  return storage;
}

test("an upload that an outage broke off is told of when the server is there again", async (context) => {
  const server = new UploadServer(PART).install(context);
  const uploads = new Uploads(await begunBefore(server, new Map([[1, PART]])));
  /** @type {number[]} */
  const shares = [];
  uploads.on("halted", ({ share }) => shares.push(share));
  server.before = away;
  assert.equal(await uploads.send(long), null);
  await until(() => server.count("GET /api/v1/uploads/u/parts") === 2);
  await yielded();
  server.before = () => undefined;
  uploads.reset(null);
  await until(() => shares.length);
  assert.deepEqual(shares, [PART / long.size]);
});

test("what is gone on with before it was told of is not told of as broken off", async (context) => {
  const server = new UploadServer(PART).install(context);
  const uploads = new Uploads(await begunBefore(server, new Map(SIZES)));
  const held = gate();
  /** @type {string[]} */
  const told = [];
  uploads.on("halted", ({ name }) => told.push(name));
  server.before = ({ method }) => (method === "GET" ? held.opened.then(() => undefined) : undefined);
  uploads.reset(null);
  await until(() => server.count("GET") === 1);
  const sending = uploads.bring(long);
  await until(() => server.count("GET") === 2);
  held.open();
  await sending;
  assert.deepEqual(told, []);
});
