import assert from "node:assert/strict";
import { test } from "node:test";
import { moved } from "../../static/js/desk/drama/clips.js";
import { Draft } from "../../static/js/desk/drama/draft.js";
import { Drafts } from "../../static/js/desk/drama/drafts.js";
import { byId } from "../../static/js/desk/drama/project.js";
import { made } from "./drama-project.js";
import { memory } from "./memory.js";

/** @import { Edit } from "../../static/js/desk/drama/edits.js" */
/** @import { Project } from "../../static/js/desk/drama/project.js" */

/** Mulberry32. @param {number} seed @returns {() => number} 0..1 */
function dice(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const WORDS = ["one", "two", "😀", "six", "seven", "nine", "风", "ветер"];

/** Whatever the desk may do with a project. @param {Project} project @param {() => number} roll @param {number} step @returns {Edit | null} */
function anything(project, roll, step) {
  const one = (/** @type {readonly any[]} */ parts) => parts[Math.floor(roll() * parts.length)];
  const line = one(project.lines).id;
  const character = one(project.characters).id;
  const clip = project.clips.length ? one(project.clips) : null;
  const tenth = () => Math.round(roll() * 20) / 10;
  const text = () => Array.from({ length: 1 + Math.floor(roll() * 5) }, () => one(WORDS)).join(" ");
  /** @type {(() => Edit | null)[]} */
  const ways = [
    () => ({ do: "line", line: project.lines[0]?.id ?? "", set: { text: text() } }),
    () => ({ do: "line", line, set: { text: text() } }),
    () => ({ do: "line", line, set: { speed: 0.5 + tenth() / 2 } }),
    () => ({ do: "line", line, set: { speaker: character } }),
    () => ({ do: "split", line, at: Math.floor(roll() * 12), id: `s${step}` }),
    () => ({ do: "join", line }),
    () => ({ do: "add", after: line, id: `n${step}`, text: text() }),
    () => ({ do: "delete", line }),
    () => ({ do: "character", character, set: { gain_db: tenth() } }),
    () => ({ do: "merge", character, into: one(project.characters).id }),
    () => clip && moved(project, clip, one(["whole", "start", "end"]), tenth() - 1),
    () => clip && { do: "clip", clip: clip.id, set: { fade_in_s: roll() < 0.3 ? null : tenth() } },
    () => clip && roll() < 0.2 ? { do: "remove", clip: clip.id } : null,
    () => ({ do: "scene", scene: "s1", set: { place: { value: one(["room", "cave"]), confidence: 1, words: "" } } }),
    () => ({ do: "levels", set: { music_db: tenth() } }),
    () => ({ do: "read", word: one(WORDS), as: roll() < 0.3 ? null : text() }),
  ];
  return one(ways)();
}

test("whatever was changed, undone and done again is the same after a reload", () => {
  for (let seed = 1; seed <= 8; seed += 1) {
    const roll = dice(seed);
    const storage = memory();
    const draft = new Draft(new Drafts(storage), "track", made());
    for (let step = 0; step < 30; step += 1) {
      const turn = roll();
      if (turn < 0.12) draft.undo();
      else if (turn < 0.2) draft.redo();
      else {
        const edit = anything(draft.project, roll, step);
        if (edit) draft.act(edit);
        if (edit?.do === "line" && "text" in edit.set) {
          for (const text of ["", "six", "Five 😀 six", edit.set.text]) draft.act({ ...edit, set: { text } }); // typed
        }
      }
      const later = new Draft(new Drafts(storage), "track", made());
      assert.deepEqual(later.project, draft.project, `seed ${seed}, step ${step}: ${JSON.stringify(draft.edits.at(-1))}`);
    }
  }
});

test("text that is typed letter by letter keeps its sounds where one change would leave them", () => {
  const storage = memory();
  const draft = new Draft(new Drafts(storage), "track", made());
  const typed = (/** @type {string} */ text) => draft.act({ do: "line", line: "b", set: { text } });
  for (const text of ["Five", "", "Five 😀", "Five 😀 six and seven."]) typed(text);
  assert.equal(draft.edits.length, 1);
  assert.equal(byId(draft.project.clips, "knock")?.start.at, 7, "at its word");
  const later = new Draft(new Drafts(storage), "track", made());
  assert.deepEqual(later.project, draft.project);
  typed("Five 😀 six seven.");
  assert.equal(draft.edits.length, 0, "as it was: no change");
  assert.deepEqual(draft.project, made());
});
