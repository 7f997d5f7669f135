import assert from "node:assert/strict";
import { test } from "node:test";
import { readFileSync, readdirSync } from "node:fs";
import { i18n, LANGUAGES } from "../../static/js/core/i18n.js";
import { peakNotes } from "../../static/js/card/peak-notes.js";

const levels = { loudness_lufs: -14, true_peak_dbtp: -1 };

/** @param {string} language all files of it, as the server joins them */
function catalogue(language) {
  const folder = new URL(`../../static/i18n/${language}/`, import.meta.url);
  return Object.assign({}, ...readdirSync(folder).map((name) => JSON.parse(readFileSync(new URL(name, folder), "utf8"))));
}

/** @param {string | URL | Request} address that of en.json */
globalThis.fetch = async (address) => Response.json(catalogue(/(\w+)\.json/.exec(String(address))?.[1] ?? ""));

test("a sound that was neither cut off nor turned down has nothing to say, in old records either", () => {
  assert.deepEqual(peakNotes({ levels }), []);
  assert.deepEqual(peakNotes({ levels: { ...levels, clipped_samples: 0, lowered_db: 0 }, stems: [] }), []);
});

test("what was lowered and what was cut off is told in every language, with its number", async () => {
  const stem = { name: "drums", file: "drums.wav", duration_s: 1, samples: 1, audio_url: "", clipped_samples: 21 };
  for (const language of Object.keys(LANGUAGES)) {
    await i18n.use(language);
    const notes = peakNotes({ levels: { ...levels, lowered_db: 2.34, clipped_samples: 17 }, stems: [stem, stem] });
    assert.equal(notes.length, 3, language);
    ["2.3", "17", "42"].forEach((number, at) => assert.ok((notes[at] ?? "").replace(",", ".").includes(number), notes[at]));
    assert.ok(!notes.join().includes("{"));
  }
});
