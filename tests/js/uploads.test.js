import assert from "node:assert/strict";
import { test } from "node:test";
import { Refusal } from "../../static/js/server/api.js";
import { SHORT_BYTES, Uploader } from "../../static/js/server/uploading.js";
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

/** By a page that has begun nothing, where there is a bucket. @param {File} file */
function brought(file) {
  const uploader = new Uploader();
  uploader.bucket = "http://bucket";
  return uploader.bring(file, { stop: new AbortController(), progress: () => {}, begun: null, keep: () => {} });
}

test("what one tab has completed, the other, which sends it too, finds and leaves", async (context) => {
  const server = new UploadServer(PART).install(context);
  const storage = await begunBefore(server, new Map([[1, PART]]));
  const held = gate();
  let puts = 0;
  server.before = ({ method }) => (method === "PUT" && ++puts === 1 ? held.opened.then(() => undefined) : undefined);
  const slow = new Uploads(storage).bring(long);
  await until(() => puts === 1);
  const quick = await new Uploads(storage).bring(long);
  held.open();
  assert.deepEqual([(await slow).key, quick.key], ["upload:u", "upload:u"]);
  assert.deepEqual([[...server.completed], server.count("DELETE")], [["u"], 0]);
});

test("to call off what another tab has completed deletes nothing; what nobody has, goes", async (context) => {
  const server = new UploadServer(PART).install(context);
  for (const whole of [true, false]) {
    const uploads = new Uploads(await begunBefore(server, new Map([[1, PART]])));
    server.before = ({ method }) => {
      if (method !== "PUT") return undefined;
      if (whole) server.completed.add("u"), server.begun.delete("u");
      return new Promise(() => {});
    };
    const sending = uploads.send(long);
    await until(() => server.count("PUT") > 0);
    uploads.sending[0]?.cancel();
    assert.equal(await sending, null);
    await until(() => whole || server.count("DELETE") > 0);
    for (let turn = 0; turn < 20; turn++) await yielded();
    assert.deepEqual([server.begun.size, server.completed.delete("u"), server.count("DELETE")], [0, whole, whole ? 0 : 1]);
    server.asked = [];
  }
});

test("what is joined already is not sent again, only waited for", async (context) => {
  const server = new UploadServer(PART).install(context);
  const uploads = new Uploads(await begunBefore(server, null));
  assert.equal((await uploads.bring(long)).key, "upload:u");
  assert.deepEqual([server.count("POST /api/v1/uploads/u/parts"), server.count("PUT"), server.count("DELETE")], [0, 0, 0]);
});

test("what is joined while a part is sent is gone on with", async (context) => {
  const server = new UploadServer(PART).install(context);
  const uploads = new Uploads(await begunBefore(server, new Map([[1, PART]])));
  server.before = ({ method }) => {
    if (method === "PUT") server.begun.set("u", { size: long.size, parts: null });
    return undefined;
  };
  assert.equal((await uploads.bring(long)).key, "upload:u");
  assert.deepEqual([server.count("PUT"), [...server.completed]], [1, ["u"]]);
});

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

test("the facts of what is complete are asked for again where the line broke", async (context) => {
  const server = new UploadServer(PART).install(context);
  const facts = "/api/uploads/u1";
  server.before = ({ path }) => (path === facts && server.count(`GET ${facts}`) === 1 ? null : undefined);
  assert.equal((await brought(long)).key, "upload:u1");
});

test("what a plan does not allow is refused at once, and may be gone on with", async (context) => {
  const server = new UploadServer(PART).install(context);
  const body = { code: "RATE_LIMITED", message: "", detail: { quota: "gigabytes" } };
  const storage = await begunBefore(server, new Map(SIZES));
  server.before = ({ path }) => (path.endsWith("/complete") ? { status: 429, body } : undefined);
  await assert.rejects(new Uploads(storage).bring(long), (error) => error instanceof Refusal && error.status === 429);
  assert.deepEqual([server.count("POST /api/v1/uploads/u/complete"), server.begun.size], [1, 1]);
});

test("an answer that does not come to a part that was sent is not waited for without end", async (context) => {
  const server = new UploadServer(PART).install(context);
  context.mock.timers.enable({ apis: ["setTimeout"] });
  server.before = ({ method }) => (method === "PUT" && server.count("PUT") === 1 ? new Promise(() => {}) : undefined);
  const bringing = brought(new File([new Uint8Array(PART)], "a.wav"));
  await until(() => server.count("PUT") === 1);
  context.mock.timers.tick(60_000);
  for (let turn = 0; turn < 20; turn++) await yielded();
  context.mock.timers.tick(500);
  assert.equal((await bringing).key, "upload:u1");
  assert.equal(server.count("PUT"), 2);
});

test("an empty file is refused as empty, also where there is a bucket", async (context) => {
  const server = new UploadServer(PART).install(context);
  await assert.rejects(brought(new File([], "a.wav")), (error) => error instanceof Refusal && error.status === 415);
  assert.equal(server.count("POST /api/v1/uploads/sign"), 0);
});

test("three parts go into the bucket at once; once it cannot be reached, one goes through the server", async (context) => {
  const server = new UploadServer(1).install(context);
  for (const reached of [true, false]) {
    const first = gate(); // three parts were tried with the bucket
    let begun = 0;
    let beside = 0;
    let most = 0;
    server.before = async ({ method, origin }) => {
      if (method !== "PUT") return undefined;
      if (origin === "http://bucket" && !reached) return null;
      if (++begun === 3) first.open();
      if (begun <= 3) return first.opened.then(() => undefined);
      most = Math.max(most, ++beside);
      for (let turn = 0; turn < 20; turn++) await yielded();
      beside--;
      return undefined;
    };
    await brought(new File([new Uint8Array(9)], "a.wav"));
    assert.equal(most, reached ? 3 : 1);
  }
});
