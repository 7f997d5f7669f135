import assert from "node:assert/strict";
import { test } from "node:test";
import { asText } from "../../static/js/store/chat-file.js";
import { History, KEY } from "../../static/js/store/history.js";
import { Jobs } from "../../static/js/store/jobs.js";
import { isOpen } from "../../static/js/store/messages.js";
import { memory } from "./memory.js";

/** @import { JobRow, ServerState, TrackRow } from "../../static/js/core/types.js" */

/** @param {Partial<JobRow>} parts @returns {JobRow} */
function job(parts) {
  const none = {
    stage: null,
    eta_s: null,
    position: null,
    waiting_for: null,
    held: false,
    error: null,
    parent_id: null,
    batch_id: null,
    rank: 0,
    started_at: null,
  };
  return {
    ...none,
    id: "job1",
    request_id: "ask1",
    command: "generate",
    text: "calm piano",
    about: { command: "generate", text: "calm piano", inputs: [], values: {} },
    params: {},
    status: "PENDING",
    progress: 0,
    attempt: 1,
    failures: 0,
    interruptions: 0,
    dead_letter: false,
    track_ids: [],
    created_at: 100,
    finished_at: null,
    ...parts,
  };
}

/** @param {Partial<TrackRow>} parts @returns {TrackRow} */
function track(parts) {
  return {
    id: "track1",
    name: "composer_1",
    title: "calm piano",
    command: "generate",
    model: "composer",
    prompt: "calm piano",
    artist: null,
    created_at: 101,
    duration_s: 8,
    format: "wav",
    favourite: false,
    locked: false,
    job_id: "job1",
    bpm: null,
    key: null,
    ...parts,
  };
}

/** @param {Partial<ServerState>} parts @returns {ServerState} */
function state(parts) {
  const nothing = { version: "1", language: "en", debug: false, commands: [], jobs: [], tracks: [] };
  return { ...nothing, paused: false, last_run: null, bucket: null, track_total: parts.tracks?.length ?? 0, ...parts };
}

const unanswered = { code: "INTERRUPTED", message: "no answer" };

function asked(storage = memory()) {
  const history = new History(storage);
  const unsent = { params: {}, text: "calm piano" };
  history.ask({ requestId: "ask1", command: "generate", shown: "calm piano", unsent, at: 100 });
  return history;
}

/** @param {History} history */
const shape = (history) => history.messages.map(({ role, status }) => [role, status]);

test("one job is one message, from the prompt to the track", () => {
  const history = asked();
  assert.deepEqual(shape(history), [
    ["user", null],
    ["system", "SENDING"],
  ]);
  history.taken("ask1", "job1");
  history.applyJob(job({ status: "RUNNING", progress: 0.5, stage: "PLAYING" }));
  assert.deepEqual(shape(history), [
    ["user", null],
    ["system", "RUNNING"],
  ]);
  history.applyTrack(track({}));
  history.applyJob(job({ status: "COMPLETED", progress: 1, track_ids: ["track1"] }));
  history.applyTrack(track({}));
  assert.deepEqual(shape(history), [
    ["user", null],
    ["assistant", "COMPLETED"],
  ]);
  assert.deepEqual(history.messages[1]?.tracks, [{ id: "track1", title: "calm piano" }]);
  assert.equal(history.messages[0]?.job_id, "job1");
});

test("a job row that overtakes the acknowledgement adds no second message", () => {
  const history = asked();
  history.applyJob(job({ status: "RUNNING" }));
  history.taken("ask1", "job1");
  assert.deepEqual(shape(history), [
    ["user", null],
    ["system", "RUNNING"],
  ]);
});

test("progress alone leaves the stored chat untouched", () => {
  const history = asked();
  history.applyJob(job({ status: "RUNNING", progress: 0.1 }));
  const before = history.messages;
  history.applyJob(job({ status: "RUNNING", progress: 0.2, stage: "MIXING" }));
  assert.equal(history.messages, before);
});

test("a failed job runs again in its own message", () => {
  const history = asked();
  history.applyJob(job({ status: "FAILED", error: unanswered }));
  assert.equal(history.messages[1]?.error?.message, "no answer");
  history.applyJob(job({ status: "RUNNING", attempt: 2 }));
  assert.deepEqual(shape(history), [
    ["user", null],
    ["system", "RUNNING"],
  ]);
  assert.equal(history.messages[1]?.error, null);
});

test("a refused prompt keeps what to send again until the server takes it", () => {
  const history = asked();
  history.refused("ask1", unanswered);
  assert.deepEqual(history.messages[1]?.unsent, { params: {}, text: "calm piano" });
  history.resend("ask1");
  assert.ok(history.messages[1] && isOpen(history.messages[1]));
  history.taken("ask1", "job1");
  assert.equal(history.messages[1]?.unsent, null);
});

test("the chat survives a reload, as data", () => {
  const storage = memory();
  asked(storage).taken("ask1", "job1");
  assert.deepEqual(JSON.parse(storage.getItem(KEY) ?? "").messages[1].job_id, "job1");
  assert.deepEqual(shape(new History(storage)), [
    ["user", null],
    ["system", "PENDING"],
  ]);
});

test("reconciling: finished while away, unknown, never sent", () => {
  const storage = memory();
  const history = asked(storage);
  history.taken("ask1", "job1");
  history.ask({ requestId: "ask2", command: "generate", shown: "b", unsent: { params: {} }, at: 101 });
  history.taken("ask2", "job2");
  history.ask({ requestId: "ask3", command: "generate", shown: "c", unsent: { params: {} }, at: 102 });
  history.reconcile(
    state({ jobs: [job({ status: "COMPLETED", track_ids: ["track1"] })], tracks: [track({})] }),
    unanswered,
  );
  const status = Object.fromEntries(history.messages.map((m) => [m.id, m.status]));
  assert.deepEqual([status.ask1, status.ask2, status.ask3], ["COMPLETED", "LOST", "FAILED"]);
});

test("reconciling: a forgotten job whose track is there counts as done", () => {
  const history = asked();
  history.taken("ask1", "job1");
  history.reconcile(state({ tracks: [track({})] }), unanswered);
  assert.deepEqual(shape(history), [
    ["user", null],
    ["assistant", "COMPLETED"],
  ]);
});

test("work from elsewhere appears once, in order of time", () => {
  const history = asked();
  history.taken("ask1", "job1");
  const other = job({
    id: "job0",
    request_id: null,
    text: null,
    command: "fetch",
    params: { model: "demucs" },
    created_at: 50,
  });
  const schema = { properties: {} };
  const commands = [{ name: "fetch", summary: "", text_field: "model", schema }];
  const now = state({ commands, jobs: [other, job({})], tracks: [track({ id: "t9", job_id: null, created_at: 120 })] });
  history.reconcile(now, unanswered);
  history.reconcile(now, unanswered);
  assert.deepEqual(
    history.messages.map((m) => m.text),
    ["demucs", "demucs", "calm piano", "calm piano", "calm piano"],
  );
  assert.deepEqual(
    history.messages.map((m) => m.role),
    ["user", "system", "user", "system", "assistant"],
  );
});

test("a cleared chat stays clear but for what still runs", () => {
  const history = asked();
  const done = job({ id: "job0", request_id: null, status: "COMPLETED", created_at: 90, track_ids: ["t0"] });
  const now = state({
    jobs: [done, job({ status: "RUNNING" })],
    tracks: [track({ id: "t0", job_id: "job0", created_at: 91 })],
  });
  history.reconcile(now, unanswered);
  assert.equal(history.messages.length, 4);
  history.clear(100);
  history.reconcile(now, unanswered);
  assert.deepEqual(shape(history), [
    ["user", null],
    ["system", "RUNNING"],
  ]);
});

test("when the browser's storage is full the newest lines are kept", () => {
  const storage = memory();
  const limited = {
    ...storage,
    setItem: (/** @type {string} */ key, /** @type {string} */ text) => {
      if (text.length > 2_000) throw new DOMException("full", "QuotaExceededError");
      storage.setItem(key, text);
    },
  };
  const history = new History(limited);
  for (let n = 0; n < 20; n++) {
    history.ask({ requestId: `ask${n}`, command: "generate", shown: `prompt ${n}`, unsent: { params: {} }, at: n });
  }
  assert.equal(history.messages.length, 40);
  assert.equal(new History(storage).messages.at(-1)?.id, "ask19");
});

test("the chat as text: a role, the words, a blank line between", () => {
  const text = asText(asked().messages, (message) => message.text);
  assert.equal(text, "[user] calm piano\n\n[system] calm piano\n");
});

/** @param {string} id @param {string[]} tracks */
const done = (id, tracks) => ({ ...job({ id, request_id: id }), status: /** @type {const} */ ("COMPLETED"), track_ids: tracks });

test("a deleted track takes its lines along, for good, and leaves its variations", () => {
  const storage = memory();
  const history = new History(storage);
  const unsent = { params: {}, text: "varied" };
  for (const number of [1, 2]) {
    history.ask({ requestId: `v${number}`, command: "generate", shown: "varied", unsent, at: 100, alone: number > 1 });
    history.taken(`v${number}`, `j${number}`);
    history.applyJob({ ...done(`j${number}`, [`t${number}`]), request_id: `v${number}` });
  }
  assert.deepEqual(shape(history), [["user", null], ["assistant", "COMPLETED"], ["assistant", "COMPLETED"]]);
  history.forget(["t1"]);
  assert.deepEqual(shape(history), [["user", null], ["assistant", "COMPLETED"]]);
  history.forget(["t2"]);
  assert.deepEqual(shape(history), []);
  const again = new History(storage);
  again.applyJob({ ...done("j2", ["t2"]), request_id: "v2" });
  assert.deepEqual(shape(again), []);
});

test("an imported chat is text, is past, and comes once", () => {
  const history = asked();
  const chat = { messages: [{ ...history.messages[1], id: "far", at: 5, status: "RUNNING" }, history.messages[0]] };
  const counts = (/** @type {unknown} */ file) => {
    const { messages, ...left } = history.take(JSON.parse(JSON.stringify(file)));
    return [messages.length, left.known, left.beyond, left.invalid];
  };
  assert.deepEqual(counts(chat), [1, 1, 0, 0]);
  assert.deepEqual(counts(chat), [0, 2, 0, 0]);
  assert.deepEqual(counts({ messages: [1, { ...chat.messages[0], role: "root" }, chat.messages[0]] }), [0, 1, 0, 2]);
  assert.deepEqual(shape(history), [["system", "LOST"], ["user", null], ["system", "SENDING"]]);
  for (const wrong of [null, [], {}, { messages: [1] }, { messages: [{ ...chat.messages[0], role: "root" }] }]) {
    assert.throws(() => history.take(wrong), TypeError);
  }
});

test("of an imported chat the newest stay, and what is too old to be kept is counted", () => {
  const history = asked();
  const old = { ...history.messages[1], role: "user", request_id: null };
  const messages = Array.from({ length: 5000 }, (_, at) => ({ ...old, id: `old${at}`, at }));
  const { messages: stay, ...left } = history.take({ messages });
  assert.equal(stay.length + left.beyond, 5000);
  assert.equal(history.messages.length, 400);
  assert.deepEqual([stay.length, stay.at(-1)?.id], [400, "old4999"]);
});

test("refused files stand in the message of their batch, before and after its jobs", () => {
  const storage = new Map();
  const kept = { getItem: (/** @type {string} */ key) => storage.get(key) ?? null, setItem: storage.set.bind(storage) };
  const history = new History(/** @type {any} */ (kept));
  const refused = (/** @type {string} */ name) => ({ name, error: { code: "UNSUPPORTED_AUDIO", message: "no" } });
  history.refuse("pack", "upscale", refused("a.pdf"), 1);
  history.applyJob(job({ id: "b", request_id: "rb", batch_id: "pack", text: "b.mp3" }));
  history.refuse("pack", "upscale", refused("c.wav"), 2);
  assert.deepEqual(new History(/** @type {any} */ (kept)).messages.map((m) => m.refused.map(({ name }) => name)), [["a.pdf", "c.wav"]]);
});

test("a batch is one message, whatever its jobs do, also after the page was opened anew", () => {
  const storage = new Map();
  const kept = { getItem: (/** @type {string} */ key) => storage.get(key) ?? null, setItem: storage.set.bind(storage) };
  const history = new History(/** @type {any} */ (kept));
  const rows = ["a", "b", "c"].map((id, rank) => job({ id, rank, request_id: `r${id}`, batch_id: "pack", text: `${id}.mp3` }));
  for (const row of rows) history.applyJob(row);
  assert.equal(history.messages.length, 1);
  history.applyTrack(track({ id: "t", job_id: "a" }));
  assert.equal(history.messages.length, 1, "its track belongs to the batch, though its job has not told of it yet");
  history.applyJob({ ...rows[0], status: "COMPLETED", track_ids: ["t"] });
  history.applyJob({ ...rows[1], status: "CANCELED" });
  assert.deepEqual(history.messages.map(({ batch_id, tracks }) => [batch_id, tracks.map(({ id }) => id)]), [["pack", ["t"]]]); // prettier-ignore
  const later = new History(/** @type {any} */ (kept));
  later.applyJob({ ...rows[2], status: "RUNNING" });
  assert.deepEqual([later.messages.length, later.messages[0]?.tracks.length], [1, 1]);
});

test("a line that the desk of a drama has spoken is no part of the chat and no run of the user's", () => {
  const history = new History(memory());
  const said = job({ id: "line", command: "drama", params: { utterance: '{"text":"Who is there?"}' } });
  history.applyJob(said);
  history.applyJob({ ...said, status: "FAILED" });
  assert.deepEqual(history.messages, []);
  const jobs = new Jobs(/** @type {any} */ ({ on: () => () => {} }));
  jobs.put(said);
  assert.deepEqual([jobs.queue.length, jobs.lastRun], [1, null]);
});
