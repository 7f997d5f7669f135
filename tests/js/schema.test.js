import assert from "node:assert/strict";
import { test } from "node:test";
import { accepted, addressed, again, complete, fieldsOf, needsText, PREVIEW, shown, silenced } from "../../static/js/server/schema.js";
import { Settings } from "../../static/js/store/settings.js";

/** @import { CommandInfo, TrackRecord } from "../../static/js/core/types.js" */

/** @type {CommandInfo} */
const generate = {
  name: "generate",
  summary: "",
  text_field: "prompt",
  schema: {
    $defs: { Format: { enum: ["wav", "flac"], title: "Format", type: "string" } },
    properties: {
      format: { $ref: "#/$defs/Format", default: "wav", title: "Format", description: "File format." },
      sample_rate: { enum: ["original", "48000"], default: "original", type: "string" },
      artist: { anyOf: [{ type: "string", maxLength: 5 }, { type: "null" }], default: null, title: "Artist" },
      prompt: { type: "string", title: "Prompt" },
      duration: { type: "number", minimum: 1, maximum: 600, default: 30, unit: "s", step: 1 },
      top_k: { type: "integer", minimum: 0, maximum: 250, default: 250 },
      top_p: { type: "number", minimum: 0, maximum: 1, default: 0.67, silences: "top_k" },
      seed: { type: "integer", minimum: -1, maximum: 99_999_999, default: -1 },
      diffusion: { type: "boolean", default: false },
    },
    required: ["prompt"],
  },
};
const fields = fieldsOf(generate);
const field = (/** @type {string} */ name) => fields.find((f) => f.name === name) ?? assert.fail(name);

function settings() {
  /** @type {Map<string, string>} */
  const texts = new Map();
  const storage = {
    getItem: (/** @type {string} */ key) => texts.get(key) ?? null,
    setItem: (/** @type {string} */ key, /** @type {string} */ text) => void texts.set(key, text),
  };
  return () => {
    const made = new Settings(storage);
    made.offer([generate]);
    return made;
  };
}

test("a control of the right kind for each parameter, the file's own last, none for the text", () => {
  assert.deepEqual(
    fields.map((f) => `${f.name}: ${f.kind}`),
    [
      "duration: number",
      "top_k: number",
      "top_p: number",
      "seed: number",
      "diffusion: switch",
      "format: choice",
      "sample_rate: choice",
      "artist: text",
    ],
  );
  assert.deepEqual(field("format").choices, ["wav", "flac"]);
  assert.equal(field("artist").nullable, true);
  assert.equal(field("artist").maxLength, 5);
  assert.equal(field("top_p").step, 0.01);
});

test("a text field that is a choice can be picked, so text may be left out", () => {
  const model = { type: "string", enum: ["a", "b"], labels: { a: "A: 1 GB" } };
  const fetch = {
    name: "fetch",
    summary: "",
    text_field: "model",
    schema: { properties: { model }, required: ["model"] },
  };
  const [only] = fieldsOf(fetch);
  assert.deepEqual([only?.kind, only?.fallback, only?.labels.a], ["choice", "a", "A: 1 GB"]);
  assert.equal(needsText(fetch), false);
  assert.equal(needsText(generate), true);
});

test("values are brought into range or refused", () => {
  assert.equal(accepted(field("duration"), "0,5"), 1);
  assert.equal(accepted(field("duration"), 1e9), 600);
  assert.equal(accepted(field("duration"), "loud"), undefined);
  assert.equal(accepted(field("top_k"), 12.6), 13);
  assert.equal(accepted(field("format"), "exe"), undefined);
  assert.equal(accepted(field("artist"), ""), null);
  assert.equal(accepted(field("artist"), "a long name"), "a lon");
  assert.equal(accepted(field("diffusion"), "yes"), undefined);
});

test("what is stored but no longer valid gives way to the default", () => {
  assert.equal(complete(fields, { format: "aiff", duration: 8 }).format, "wav");
  assert.equal(complete(fields, { format: "aiff", duration: 8 }).duration, 8);
});

test("top_p above zero silences top_k", () => {
  assert.deepEqual([...silenced(fields, { top_k: 250, top_p: 0.67 })], [["top_k", field("top_p")]]);
  assert.deepEqual([...silenced(fields, { top_k: 250, top_p: 0 })], []);
  assert.deepEqual([...silenced(fields, { top_p: 0.5 })], []);
});

test("moving either of two that exclude each other makes it the one that counts", () => {
  const made = settings()();
  made.set(generate, field("top_k"), 40);
  assert.deepEqual([...silenced(fields, made.values(generate))], []);
  made.set(generate, field("top_p"), 0.5);
  assert.deepEqual([...silenced(fields, made.values(generate)).keys()], ["top_k"]);
  made.set(generate, field("top_k"), 41);
  assert.deepEqual([made.values(generate).top_k, made.values(generate).top_p], [41, 0]);
});

test("what has no effect is neither shown nor sent, and counts as its default for what depends on it", () => {
  const properties = {
    model: { enum: ["composer", "small"], default: "composer" },
    clip: { widget: "audio", anyOf: [{ type: "string" }, { type: "null" }], default: null },
    mode: { enum: ["append", "continue"], default: "append", shown_when: { model: ["small"], clip: true } },
    heard_s: { type: "number", default: 8, shown_when: { mode: ["continue"] } },
    level: { type: "number", default: 18, shown_when: { mode: ["append"], clip: false } },
  };
  const command = { name: "generate", summary: "", text_field: null, schema: { properties } };
  const names = (/** @type {object} */ set) => {
    const all = fieldsOf(command);
    return shown(all, complete(all, { ...set })).map(({ name }) => name);
  };
  assert.deepEqual(names({}), ["model", "clip", "level"]);
  assert.deepEqual(names({ model: "small", clip: "track:1" }), ["model", "clip", "mode"]);
  assert.deepEqual(names({ model: "small", clip: "track:1", mode: "continue" }), ["model", "clip", "mode", "heard_s"]);
  assert.deepEqual(names({ model: "composer", clip: "track:1", mode: "continue" }), ["model", "clip"]);
  const record = /** @type {any} */ ({ parameters: { model: "composer", mode: "continue", heard_s: 3 }, prompt: "" });
  assert.deepEqual(again(record, command), { model: "composer" });
});

test("a slash names the command, everything else is for the chosen one", () => {
  assert.deepEqual(addressed("/Fetch demucs now", "generate"), { name: "fetch", rest: "demucs now" });
  assert.deepEqual(addressed("  two\nlines ", "generate"), { name: "generate", rest: "two\nlines" });
  assert.deepEqual(addressed("/fetch", "generate"), { name: "fetch", rest: "" });
});

test("rerun asks for what was asked for, with the drawn seed and nothing the command does not know", () => {
  const parameters = {
    duration: 12,
    seed: 77,
    format: "wav",
    format_requested: "flac",
    sample_rate: 44100,
    channels: 2,
    prompt: "calm",
    artist: null,
    top_k: null,
    top_p: 0.5,
    diffusion: true,
  };
  const record = /** @type {TrackRecord} */ ({
    command: "generate",
    prompt: "calm",
    parameters: /** @type {object} */ (parameters),
  });
  assert.deepEqual(again(record, generate), {
    duration: 12,
    top_p: 0.5,
    seed: 77,
    diffusion: true,
    format: "flac",
    prompt: "calm",
  });
});

test("rerun of a track made with top_k keeps top_p off", () => {
  const parameters = /** @type {object} */ ({ top_k: 50, top_p: null, prompt: "calm" });
  const record = /** @type {TrackRecord} */ ({ command: "generate", prompt: "calm", parameters });
  assert.deepEqual(again(record, generate), { top_k: 50, top_p: 0, prompt: "calm" });
});

test("settings survive a reload; a value set back to its default is forgotten", () => {
  const load = settings();
  const first = load();
  first.set(generate, field("duration"), "90");
  first.set(generate, field("top_k"), 10);
  first.set(generate, field("top_k"), 250);
  assert.equal(load().values(generate).duration, 90);
  assert.equal(load().values(generate).top_k, 250);
  first.reset(generate);
  assert.equal(load().values(generate).duration, 30);
});

test("an automatic seed stays automatic, over a reload and when the last run comes back", () => {
  const load = settings();
  const made = load();
  made.restore(generate, { duration: 8, seed: 4242, prompt: "calm" });
  assert.deepEqual([made.values(generate).seed, made.values(generate).duration], [-1, 8]);
  assert.equal(load().values(generate).seed, -1);
  made.set(generate, field("seed"), 5);
  made.restore(generate, { seed: 4242 });
  assert.equal(load().values(generate).seed, 4242);
});

test("a sound leaves once it was used, unless it is pinned or another has taken its place", () => {
  const audio = (/** @type {string} */ title) => ({ title, widget: "audio", anyOf: [{ type: "string" }, { type: "null" }], default: null });
  const properties = { source: audio("Sound"), reference: audio("Reference"), duration: { type: "number", default: 30 } };
  const command = { name: "match", summary: "", text_field: null, schema: { properties } };
  const [source = assert.fail(), reference = assert.fail(), duration = assert.fail()] = fieldsOf(command);
  const load = settings();
  const made = load();
  made.set(command, source, "track:1");
  made.set(command, reference, "upload:2");
  made.set(command, duration, 8);
  made.pin(command, reference, true);
  const used = made.values(command);
  made.spend(command, { ...used, source: "track:9" });
  assert.equal(made.values(command).source, "track:1");
  made.spend(command, used);
  assert.deepEqual(load().values(command), { source: null, reference: "upload:2", duration: 8 });
  made.pin(command, reference, false);
  made.spend(command, used);
  assert.equal(made.values(command).reference, null);
});

test("where a preview begins is no setting: a button of its own asks for it, and a rerun makes the whole", () => {
  const properties = { ...generate.schema.properties, preview_at_s: { type: "number", minimum: 0 } };
  const command = { ...generate, schema: { ...generate.schema, properties } };
  assert.ok(!fieldsOf(command).some(({ name }) => name === PREVIEW));
  const record = /** @type {any} */ ({ parameters: { duration: 5, preview_at_s: 12 }, prompt: "" });
  assert.ok(!(PREVIEW in again(record, command)));
});
