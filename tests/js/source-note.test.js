import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { i18n } from "../../static/js/core/i18n.js";
import { sourceNotes } from "../../static/js/store/source-note.js";

const folder = new URL("../../static/i18n/", import.meta.url);

// The catalogues as the server joins them.
globalThis.fetch = async (path) => {
  const language = /(\w+)\.json/.exec(String(path))?.[1] ?? "";
  const files = readdirSync(new URL(`${language}/`, folder));
  const parts = files.map((name) => JSON.parse(readFileSync(new URL(`${language}/${name}`, folder), "utf8")));
  return new Response(JSON.stringify(Object.assign({}, ...parts)));
};

/** @type {import("../../static/js/core/types.js").SourceNote[]} */
const NOTES = [
  { key: "source_note.ended_early", values: { missing_s: 2.1 }, name: "a.wav" },
  { key: "source_note.unfinished", values: {}, name: "b.wav" },
  { key: "source_note.damaged", values: { places: 2, at_s: 1.5 }, name: "a.wav" },
];

test("each file has one sentence, in the page's language and its way of writing figures", async () => {
  const figures = { en: ["2.1", "1.5"], ru: ["2,1", "1,5"], zh: ["2.1", "1.5"] };
  for (const [language, [missing, at]] of Object.entries(figures)) {
    await i18n.use(language);
    const [first, second, ...more] = sourceNotes(NOTES);
    assert.deepEqual(more, []);
    assert.match(first ?? "", new RegExp(`a\\.wav.*${missing}.*; .*2.*${at}`));
    assert.match(second ?? "", /b\.wav/);
    assert.ok(!/[{}]/.test(`${first}${second}`), `${first} ${second}`);
  }
});

test("an upload's notes do not name it; the page does", async () => {
  await i18n.use("en");
  const [line] = sourceNotes([{ key: "source_note.ended_early", values: { missing_s: 2.1 } }], "my take.wav");
  assert.equal(line, "“my take.wav”: ends 2.1 s earlier than its header says");
});

test("nothing to tell is nothing", () => {
  assert.deepEqual(sourceNotes(undefined), []);
  assert.deepEqual(sourceNotes([]), []);
});
