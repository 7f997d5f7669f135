import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { anchored, kept, moment } from "../../static/js/desk/drama/anchors.js";
import { moved, newClip, timesOf } from "../../static/js/desk/drama/clips.js";
import { Draft, MOST_EDITS } from "../../static/js/desk/drama/draft.js";
import { Drafts } from "../../static/js/desk/drama/drafts.js";
import { applied } from "../../static/js/desk/drama/edits.js";
import { Heights } from "../../static/js/desk/drama/heights.js";
import { MANNERS } from "../../static/js/desk/drama/manner.js";
import { byId, hueOf, isDoubtful, lineAt, shares } from "../../static/js/desk/drama/project.js";
import { guess, rowsOf } from "../../static/js/desk/drama/rows.js";
import { fact, FACTS, PLACES, REVERBS, sceneOf } from "../../static/js/desk/drama/scene-facts.js";
import { render } from "../../static/js/desk/drama/render.js";
import { sample, spokenAnew, utterance } from "../../static/js/desk/drama/spoken.js";
import { blended, parts } from "../../static/js/desk/drama/voices.js";
import { made } from "./drama-project.js";
import { memory } from "./memory.js";

/** @import { Edit } from "../../static/js/desk/drama/edits.js" */

test("a moment and its anchor are the same moment, wherever it lies", () => {
  const project = made();
  for (let at_s = 0; at_s < 12; at_s += 0.17) {
    const anchor = anchored(project, at_s) ?? assert.fail();
    assert.ok(Math.abs((moment(project, anchor) ?? NaN) - at_s) < 0.002, `${at_s}: ${JSON.stringify(anchor)}`);
    assert.ok(Math.abs(anchor.offset_s) < 4);
  }
  assert.deepEqual(anchored(project, 4.6), { line: "b", at: 5, edge: "start", offset_s: 0.1 });
  assert.deepEqual(anchored(project, 3.8), { line: "b", at: null, edge: "start", offset_s: -0.2 });
});

test("a place in a text stays with its word when the text around it changes", () => {
  assert.equal(kept(4, "one two three", "one two four"), 4);
  assert.equal(kept(8, "one two three", "one and two three"), 12);
  assert.equal(kept(5, "one two three", "one three"), 5, "what was taken out leaves its place");
  assert.equal(kept(2, "a😀b", "a😀 b"), 3);
});

test("a clip that is moved is tied to the nearest word, and one that lasts until a line ends there", () => {
  const project = made();
  const knock = byId(project.clips, "knock") ?? assert.fail();
  const later = applied(project, moved(project, knock, "whole", 0.6) ?? assert.fail());
  const after = byId(later.clips, "knock") ?? assert.fail();
  assert.deepEqual(after.start, { line: "b", at: 11, edge: "start", offset_s: 0.1 });
  assert.deepEqual([after.start_s, after.end_s], [5.6, 6.6]);
  const rain = byId(project.clips, "rain") ?? assert.fail();
  const shorter = applied(project, moved(project, rain, "end", -4) ?? assert.fail());
  assert.deepEqual(byId(shorter.clips, "rain")?.start, rain.start);
  assert.ok(Math.abs((byId(shorter.clips, "rain")?.end_s ?? 0) - 4.9) < 0.002);
  const crossed = applied(project, moved(project, rain, "start", 99) ?? assert.fail());
  const times = timesOf(crossed, byId(crossed.clips, "rain") ?? assert.fail()) ?? assert.fail();
  assert.ok(times.start_s < times.end_s);
});

test("a new sound that loops lasts until its scene ends", () => {
  const clip = newClip(made(), { id: "k", lane: "ambience", sound: "made:wind", prompt: "", loops: true, at_s: 1.2 });
  assert.deepEqual(clip?.end, { line: "b", at: null, edge: "end", offset_s: 0 });
  assert.equal(newClip(made(), { id: "k", lane: "effects", sound: "made:bell", prompt: "", loops: false, at_s: 1.2 })?.end, null);
});

test("heights sum up, whichever rows turned out otherwise", () => {
  const heights = Array.from({ length: 1000 }, (_, at) => 20 + (at % 7));
  const tree = new Heights(heights);
  for (const [row, height] of [[0, 55], [999, 3], [512, 100], [511, 40]]) {
    heights[row ?? 0] = height ?? 0;
    tree.set(row ?? 0, height ?? 0);
  }
  let top = 0;
  for (const [row, height] of heights.entries()) {
    assert.equal(tree.top(row), top);
    assert.deepEqual([tree.at(top), tree.at(top + height - 0.5)], [row, row]);
    top += height;
  }
  assert.equal(tree.total, top);
  assert.deepEqual([tree.at(-5), tree.at(top + 9), new Heights([]).at(5)], [0, 999, 0]);
});

test("the script has chapters and scenes before their lines, and long lines are higher", () => {
  const project = made();
  const rows = rowsOf(project);
  assert.deepEqual(rows.map(({ id }) => id), ["chapter:a", "a", "b", "scene:s1", "c"]);
  const [, first = assert.fail()] = rows;
  assert.ok(first.line);
  const long = { ...first, line: { ...first.line, text: "word ".repeat(200) } };
  assert.ok(guess(/** @type {any} */ (long), 400) > 3 * guess(first, 400));
});

test("the line of a moment is found, and between far lines none", () => {
  const project = made();
  assert.deepEqual([0.5, 1, 2.95, 3.99, 4.1, 8.5, 99].map((at_s) => lineAt(project, at_s)?.id ?? null), [null, "a", "a", "b", "b", "c", null]);
  assert.deepEqual(project.lines.map(isDoubtful), [false, true, false]);
});

test("who says how much, and colours that differ", () => {
  const project = made();
  assert.deepEqual(shares(project.lines).get("boris"), { lines: 1, words: 3 });
  assert.equal(shares([{ ...(project.lines[0] ?? assert.fail()), text: "他说：你好 OK" }]).get("anna")?.words, 5);
  const hues = project.characters.map(({ id }) => hueOf(project.characters, id));
  assert.equal(new Set(hues).size, 3);
  assert.equal(hues[0], null, "the narrator has none");
});

test("a line is asked for as its character and its own values say", () => {
  const edits = /** @type {Edit[]} */ ([
    { do: "character", character: "anna", set: { speed: 1.2, pitch_semitones: 2 } },
    { do: "line", line: "a", set: { speed: 0.5, emotion: "sad" } },
    { do: "read", word: "two", as: "too" },
    { do: "read", word: "nine", as: "niner" },
  ]);
  const project = edits.reduce(applied, made());
  const asked = utterance(project, byId(project.lines, "a") ?? assert.fail());
  assert.deepEqual(asked, {
    ...{ text: "One two three four.", language: "en", voice: "kokoro:bf_emma", emotion: "sad", speed: 0.54 },
    ...{ pitch_semitones: 1.4, pronunciations: { two: "too" } },
  });
  assert.equal(utterance(project, byId(project.lines, "b") ?? assert.fail()), null, "nobody is cast for it");
  assert.equal(spokenAnew(made(), project).size, 2, "nine is read otherwise in the third line");
});

test("an emotion does the same on the desk as in the engine", () => {
  const source = readFileSync("engine/drama/scenes/manner.py", "utf-8");
  const rows = Array.from(source.matchAll(/^ +"(\w+)": Manner\((.*)\),$/gm), ([, emotion = "", said = ""]) => {
    const value = (/** @type {string} */ name, /** @type {number} */ usual) => Number(new RegExp(`${name}=(-?[\\d.]+)`).exec(said)?.[1] ?? usual);
    return [emotion, { speed: value("speed", 1), pitch_semitones: value("pitch_semitones", 0) }];
  });
  assert.deepEqual(Object.fromEntries(rows), MANNERS);
});

test("a scene is told in the words of the engine's tables, and a place answers as it does there", () => {
  const table = (/** @type {string} */ name) => readFileSync(`engine/drama/scenes/tables/${name}.toml`, "utf-8");
  const words = (/** @type {string} */ name) => Array.from(table(name).matchAll(/^\[(\w+)\]$/gm), ([, word]) => word);
  const places = Array.from(table("places").matchAll(/^\[(\w+)\]\nreverb = "(\w+)"$/gm), ([, place, reverb]) => [place, reverb]);
  assert.deepEqual(Object.fromEntries(places), PLACES);
  assert.deepEqual({ place: words("places"), weather: words("weather"), time: words("times"), mood: words("moods") }, FACTS);
  const said = /Reverb = Literal\[(.*)\]/.exec(readFileSync("engine/drama/project.py", "utf-8"))?.[1] ?? "";
  assert.deepEqual(Array.from(said.matchAll(/"(\w+)"/g), ([, word]) => word), [...REVERBS]);
  const project = made();
  assert.equal(sceneOf(project, "b"), null);
  assert.equal(sceneOf(project, "c")?.id, "s1");
  const inside = applied(project, { do: "scene", scene: "s1", set: fact("place", "cave") });
  assert.deepEqual([inside.scenes[0]?.place?.value, inside.scenes[0]?.reverb], ["cave", "cave"]);
  assert.deepEqual(fact("place", ""), { place: null }, "the reverb stays as it was");
});

test("only what is said otherwise is spoken anew", () => {
  const base = made();
  const count = (/** @type {Edit[]} */ ...edits) => spokenAnew(base, edits.reduce(applied, base)).size;
  assert.equal(count(), 0);
  assert.equal(count({ do: "clip", clip: "rain", set: { gain_db: -6 } }, { do: "line", line: "a", set: { pause_ms: 900 } }), 0);
  assert.equal(count({ do: "character", character: "anna", set: { pan: 0.5, name: "Anya" } }), 0);
  assert.equal(count({ do: "character", character: "anna", set: { voice: "kokoro:af_bella" } }), 1);
  assert.equal(count({ do: "add", after: "c", id: "n", text: "More." }), 1);
});

test("a character is heard with their own words, or with a sentence of the language", () => {
  const project = made();
  assert.equal(sample(project, byId(project.characters, "anna") ?? assert.fail(), {}), "One two three four.");
  const mute = { ...(project.characters[1] ?? assert.fail()), id: "mute" };
  assert.equal(sample({ ...project, language: "ru" }, mute, { ru: "Ночь тиха." }), "Ночь тиха.");
});

test("voices and their blends are read and written", () => {
  assert.deepEqual(parts("kokoro:af_heart+bf_emma@0.3"), { id: "kokoro:af_heart", other: "kokoro:bf_emma", share: 0.3 });
  assert.deepEqual(parts("silero:baya"), { id: "silero:baya", other: "", share: 0 });
  assert.equal(blended("kokoro:af_heart", "kokoro:bf_emma", 0.3), "kokoro:af_heart+bf_emma@0.30");
  assert.equal(blended("kokoro:af_heart", "", 0.3), "kokoro:af_heart");
});

/** @type {(at: number) => Edit} */
const rename = (at) => ({ do: "enter", id: `c${at}`, name: `Number ${at}` });

test("changes survive a reload, go back and forth, and another tab has them too", () => {
  const storage = memory();
  const draft = new Draft(new Drafts(storage), "track", made());
  draft.act(rename(1));
  draft.act(rename(2));
  draft.undo();
  const other = new Drafts(storage);
  const again = new Draft(other, "track", made());
  assert.deepEqual(again.project.characters.map(({ id }) => id), ["narrator", "anna", "boris", "c1"]);
  again.redo();
  assert.equal(again.project.characters.length, 5);
  assert.equal(again.act({ do: "join", line: "b" }), false, "nothing comes of it, nothing is kept");
  again.discard();
  assert.deepEqual([again.edits.length, again.undone.length, again.project], [0, 2, again.base]);
  const here = new Drafts(storage);
  const open = new Draft(here, "track", made());
  open.redo();
  other.reload();
  again.follow();
  assert.deepEqual(again.edits, [rename(1)]);
});

test("as many tracks and changes are kept as there is room for, and it is said when there is none", () => {
  const storage = memory();
  const drafts = new Drafts(storage);
  for (let at = 0; at < 30; at++) drafts.keep(`t${at}`, { edits: [rename(at)], undone: [], at });
  assert.deepEqual([drafts.of("t29").edits.length, drafts.of("t0").edits.length], [1, 0]);
  const full = { ...storage, setItem: () => { throw new DOMException("full", "QuotaExceededError"); } };
  const draft = new Draft(new Drafts(full), "track", made());
  let said = 0;
  draft.on("full", () => said++);
  draft.on("most", () => said++);
  assert.equal(draft.act(rename(1)), true);
  assert.equal(said, 1);
  drafts.keep("many", { edits: Array.from({ length: MOST_EDITS }, (_, at) => rename(at)), undone: [], at: 1 });
  const many = new Draft(drafts, "many", made());
  many.on("most", () => said++);
  assert.equal(many.act(rename(-1)), false);
  assert.equal(said, 2);
});

test("what is changed while the changes are sent is not taken for rendered", async () => {
  const draft = new Draft(new Drafts(memory()), "track", made());
  /** @type {Edit} */
  const edit = { do: "line", line: "a", set: { text: "One." } };
  const changes = [() => {}, () => draft.act({ do: "line", line: "b", set: { text: "Two." } })];
  const app = /** @type {any} */ ({
    settings: { find: () => ({ text_field: "text", schema: { properties: {} } }) },
    uploads: { send: async () => (changes.shift()?.(), { key: "upload:1" }) },
    requests: { submit: async () => {} },
  });
  const record = /** @type {any} */ ({ id: "track", title: "Numbers", parameters: {} });
  draft.act(edit);
  await render(app, record, draft);
  assert.equal(draft.sent, "upload:1");
  await render(app, record, draft);
  assert.equal(draft.sent, "");
  assert.equal(draft.edits.length, 2);
});
