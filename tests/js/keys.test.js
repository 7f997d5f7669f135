import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { heed, KEYS, pressed } from "../../static/js/core/keys.js";

/** @param {Partial<KeyboardEvent>} parts @returns {any} */
const event = (parts) => {
  const made = { key: "", keyCode: 0, isComposing: false, prevented: false, ...parts };
  return Object.assign(made, { preventDefault: () => (made.prevented = true) });
};

test("every key of the table does what the table says, once a place", () => {
  for (const [place, acts] of Object.entries(KEYS)) {
    const all = Object.values(acts).flat();
    assert.equal(new Set(all).size, all.length, place);
    for (const [act, keys] of Object.entries(acts)) {
      for (const written of keys) {
        const shiftKey = written.startsWith("Shift+");
        const key = written.replace("Shift+", "");
        assert.equal(pressed(/** @type {any} */ (place), event({ key, shiftKey })), act);
      }
    }
  }
});

test("modifiers and words that are being written with an input method are no keys of the page", () => {
  for (const parts of [{ ctrlKey: true }, { altKey: true }, { metaKey: true }, { isComposing: true }, { keyCode: 229 }]) {
    assert.equal(pressed("page", event({ key: " ", ...parts })), undefined);
  }
  assert.equal(pressed("player", event({ key: "ArrowLeft", shiftKey: true })), undefined);
  assert.equal(pressed("compare", event({ key: "X", shiftKey: true })), "next", "as with Caps Lock");
});

test("what a key does is done once, and the browser leaves it", () => {
  let done = 0;
  const acts = { choose: () => assert.fail("not this one"), next: () => done++ };
  const key = event({ key: "x" });
  heed("compare", key, acts);
  assert.deepEqual([done, key.prevented], [1, true]);
  const other = event({ key: "q" });
  heed("compare", other, acts);
  assert.deepEqual([done, other.prevented], [1, false]);
});

test("each language says what every key does", () => {
  const wanted = Object.entries(KEYS).flatMap(([place, acts]) => [
    `ui.keys.${place}`,
    ...Object.keys(acts).map((act) => `ui.keys.${place}.${act}`),
  ]);
  for (const language of ["en", "ru", "zh"]) {
    const said = JSON.parse(readFileSync(`static/i18n/${language}/page-keys.json`, "utf-8"));
    assert.deepEqual(Object.keys(said).toSorted(), ["ui.keys", "ui.key.space", ...wanted].toSorted());
  }
});
