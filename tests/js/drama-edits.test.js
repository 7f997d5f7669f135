import assert from "node:assert/strict";
import { test } from "node:test";
import { applied, asOne } from "../../static/js/desk/drama/edits.js";
import { byId } from "../../static/js/desk/drama/project.js";
import { made, uncovered } from "./drama-project.js";

/** @import { Edit } from "../../static/js/desk/drama/edits.js" */
/** @import { Project } from "../../static/js/desk/drama/project.js" */

/** @param {Project} project @param {string} id */
const lineOf = (project, id) => byId(project.lines, id) ?? assert.fail(id);
/** @param {Project} project @param {string} id */
const clipOf = (project, id) => byId(project.clips, id) ?? assert.fail(id);

/** @type {Edit[]} */
const EVERY = [
  { do: "line", line: "b", set: { text: "Five and 😀 six.", speaker: "anna" } },
  { do: "split", line: "a", at: 8, id: "new1" },
  { do: "join", line: "a" },
  { do: "add", after: "b", id: "new2", text: "Added." },
  { do: "delete", line: "b" },
  { do: "character", character: "anna", set: { voice: "kokoro:af_bella" } },
  { do: "enter", id: "vera", name: "Vera" },
  { do: "merge", character: "boris", into: "anna" },
  { do: "clip", clip: "knock", set: { gain_db: -3 } },
  { do: "place", clip: { ...clipOf(made(), "knock"), id: "second" } },
  { do: "remove", clip: "rain" },
  { do: "scene", scene: "s1", set: { reverb: "hall" } },
  { do: "levels", set: { music_db: -6 } },
  { do: "read", word: "nine", as: "niner" },
];

/** Everything that one part says of another is there. @param {Project} project */
function joined(project) {
  const lines = new Set(project.lines.map(({ id }) => id));
  const named = [
    ...project.clips.flatMap(({ start, end }) => [start.line, ...(end ? [end.line] : [])]),
    ...project.cues.map(({ at }) => at.line),
    ...[...project.chapters, ...project.scenes].map(({ line }) => line),
  ];
  const people = new Set(project.characters.map(({ id }) => id));
  assert.deepEqual(named.filter((id) => !lines.has(id)), []);
  assert.deepEqual(project.lines.filter(({ speaker }) => !people.has(speaker)), []);
  assert.equal(lines.size, project.lines.length);
}

test("every edit leaves the project whole, the source covered, and what was before as it was", () => {
  for (const edit of EVERY) {
    const before = made();
    const after = applied(before, edit);
    assert.notEqual(after, before, edit.do);
    assert.deepEqual(before, made(), `${edit.do} changes nothing in place`);
    joined(after);
    assert.deepEqual(uncovered(after), [], edit.do);
  }
  const all = EVERY.reduce(applied, made());
  joined(all);
  assert.deepEqual(uncovered(all), []);
});

test("an edit of what is not there changes nothing", () => {
  const project = made();
  const astray = EVERY.map((edit) => ({ ...edit, line: "no", after: "no", character: "no", scene: "no" }));
  for (const edit of astray) {
    if (!["clip", "place", "remove", "enter", "levels", "read"].includes(edit.do)) {
      assert.equal(applied(project, /** @type {Edit} */ (edit)), project, edit.do);
    }
  }
  const known = EVERY.filter((edit) => "set" in edit || edit.do === "read").map((edit) => /** @type {const} */ ([edit, applied(project, edit)]));
  for (const [edit, after] of known) assert.equal(applied(after, edit), after, `${edit.do}: nothing new`);
  assert.equal(applied(project, { do: "remove", clip: "no" }), project);
  assert.equal(applied(project, /** @type {any} */ ({ do: "of a later version" })), project);
});

test("who is set by the user is sure, and a changed text was not heard yet", () => {
  const spoken = applied(made(), { do: "line", line: "b", set: { speaker: "anna" } });
  assert.deepEqual([lineOf(spoken, "b").confidence, lineOf(spoken, "b").rule], [1, "user"]);
  const changed = applied(made(), { do: "line", line: "b", set: { text: "Oh 😀 six seven." } });
  assert.deepEqual([lineOf(changed, "b").words, lineOf(changed, "b").spoken], [[], ""]);
  assert.equal(clipOf(changed, "knock").start.at, 5, "it stays at its word, two letters earlier");
});

test("a split cuts text, source, words, times and anchors at one place, and a join undoes it", () => {
  const split = applied(made(), { do: "split", line: "b", at: 6, id: "b2" });
  const [one, other] = [lineOf(split, "b"), lineOf(split, "b2")];
  assert.deepEqual([one.text, other.text], ["Five 😀", "six seven."]);
  assert.deepEqual([one.end, other.start, other.end], [27, 27, 37], "places are code points");
  assert.deepEqual(other.words.map(({ at }) => at), [0, 4]);
  assert.equal(one.end_s, other.start_s);
  assert.deepEqual(clipOf(split, "knock").start, { line: "b2", at: 0, edge: "start", offset_s: 0 });
  assert.equal(split.cues[0]?.at.line, "b2", "what follows the line follows its second half");
  assert.equal(one.break_after, "sentence");
  const joinedUp = applied(split, { do: "join", line: "b" });
  assert.equal(lineOf(joinedUp, "b").text, "Five 😀 six seven.");
  assert.deepEqual(clipOf(joinedUp, "knock"), clipOf(made(), "knock"));
  assert.deepEqual(lineOf(joinedUp, "b").words.map(({ at }) => at), [0, 5, 7, 11]);
});

test("lines are not joined over the beginning of a scene, and a split at the edge is none", () => {
  const project = made();
  assert.equal(applied(project, { do: "join", line: "b" }), project);
  for (const at of [0, 18, 99]) assert.equal(applied(project, { do: "split", line: "b", at, id: "x" }), project);
});

test("what hung on a deleted line hangs on its neighbour", () => {
  const after = applied(made(), { do: "delete", line: "b" });
  assert.deepEqual(clipOf(after, "knock").start.line, "c");
  assert.ok(after.unspoken.some(({ start, end, reason }) => start === 20 && end === 37 && reason === "cut"));
  const last = applied(after, { do: "delete", line: "c" });
  assert.deepEqual([last.scenes, last.clips[1]?.end], [[], { line: "a", at: null, edge: "end", offset_s: 0 }]);
  assert.equal(applied(last, { do: "delete", line: "a" }), last, "one line stays");
});

test("two who are one have all lines and all names", () => {
  const { characters, lines } = applied(made(), { do: "merge", character: "boris", into: "anna" });
  assert.deepEqual(byId(characters, "anna")?.aliases, ["Ann", "Boris"]);
  assert.ok(lines.every(({ speaker }) => speaker !== "boris"));
  const project = made();
  assert.equal(applied(project, { do: "merge", character: "narrator", into: "anna" }), project);
});

test("moves of one slider are one change, others are not", () => {
  const gain = (/** @type {number} */ gain_db) => /** @type {Edit} */ ({ do: "line", line: "a", set: { gain_db } });
  assert.deepEqual(asOne(gain(1), gain(2)), gain(2));
  assert.equal(asOne(gain(1), { do: "line", line: "b", set: { gain_db: 2 } }), null);
  assert.equal(asOne(gain(1), { do: "line", line: "a", set: { speed: 2 } }), null);
  assert.equal(asOne({ do: "join", line: "a" }, { do: "join", line: "a" }), null);
});
