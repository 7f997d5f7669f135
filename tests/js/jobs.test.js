import assert from "node:assert/strict";
import { test } from "node:test";
import { Emitter } from "../../static/js/core/events.js";
import { PieceCache } from "../../static/js/sound/piece-cache.js";
import { Jobs } from "../../static/js/store/jobs.js";

/** @import { Ack, JobRow } from "../../static/js/core/types.js" */

/** @param {Partial<JobRow>} parts */
const job = (parts) => /** @type {JobRow} */ ({ command: "debug", params: {}, status: "PENDING", track_ids: [], created_at: 0, ...parts });

/** @param {Ack} answer to everything that is asked */
function made(answer = {}) {
  const connection = Object.assign(new Emitter(), { cancel: async () => answer, move: async () => answer });
  const jobs = new Jobs(/** @type {any} */ (connection));
  jobs.reset({
    jobs: [job({ id: "b", rank: 2 }), job({ id: "a", rank: 1 }), job({ id: "r", status: "RUNNING" }), job({ id: "d", status: "COMPLETED" })],
    paused: false,
    last_run: null,
  });
  return { jobs, connection };
}

test("the queue holds what has not ended, what runs first, and follows the server's order", () => {
  const { jobs } = made();
  const order = () => jobs.queue.map(({ id }) => id);
  assert.deepEqual(order(), ["r", "a", "b"]);
  assert.equal(jobs.put(job({ id: "b", rank: 0.5 })), false, "it was moved, but entered no other status");
  assert.deepEqual(order(), ["r", "b", "a"]);
  assert.equal(jobs.put(job({ id: "r", status: "COMPLETED" })), true);
  assert.deepEqual(order(), ["b", "a"]);
});

test("places follow from the ranks of all that wait, whichever row comes when and whatever place it says", () => {
  const { jobs } = made();
  const places = () => jobs.queue.filter(({ status }) => status === "PENDING").map(({ id, position }) => [id, position]);
  jobs.put(job({ id: "c", rank: 1, position: 9 }));
  assert.deepEqual(places(), [["a", 1], ["c", 2], ["b", 3]], "of one rank the smaller id goes first");
  const before = jobs.get("b");
  jobs.put(job({ id: "r", status: "RUNNING", progress: 0.5 }));
  assert.equal(jobs.get("b"), before, "progress moves nobody");
  jobs.put(job({ id: "a", rank: 1, status: "RUNNING" }));
  assert.deepEqual(places(), [["c", 1], ["b", 2]]);
  jobs.put(job({ id: "a", rank: 1 }));
  assert.deepEqual(places(), [["a", 1], ["c", 2], ["b", 3]], "who is put back has its place again");
});

test("a job is stopping until it has ended or the server refuses", async () => {
  const { jobs } = made();
  await jobs.cancel("r");
  assert.ok(jobs.stopping.has("r"));
  jobs.put(job({ id: "r", status: "CANCELED" }));
  assert.ok(!jobs.stopping.has("r"));
  const refused = made({ error: { code: "NOT_FOUND", message: "gone" } }).jobs;
  /** @type {string[]} */
  const said = [];
  refused.on("refused", ({ message }) => said.push(message));
  await refused.cancel("r");
  assert.deepEqual([refused.stopping.size, said], [0, ["gone"]]);
});

test("the cache of pieces holds 64 MiB at most and lets go of what was used longest ago", () => {
  const cache = new PieceCache();
  const piece = /** @type {AudioBuffer} */ ({ length: 2 ** 20, numberOfChannels: 2 }); // 8 MiB
  for (let number = 0; number < 20; number++) {
    cache.keep(String(number), piece);
    assert.ok(cache.get("0"));
    assert.ok(cache.bytes <= 2 ** 26);
  }
  assert.deepEqual([cache.get("1"), cache.get("19"), cache.bytes], [undefined, piece, 2 ** 26]);
  cache.keep("19", piece);
  assert.equal(cache.bytes, 2 ** 26, "the same piece counts once");
});
