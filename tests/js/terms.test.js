import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { i18n } from "../../static/js/core/i18n.js";
import { partLabel, termLabel } from "../../static/js/core/terms.js";

// the catalogues come from the disk instead of the server
globalThis.fetch = async (address) => {
  const folder = new URL(String(address).replace(".json", "/"));
  const files = readdirSync(folder).map((name) => JSON.parse(readFileSync(new URL(name, folder), "utf8")));
  return new Response(JSON.stringify(Object.assign({}, ...files)));
};

test("what music calls things is said in the page's language", async () => {
  const said = async (/** @type {string} */ language) => {
    await i18n.use(language);
    return [
      termLabel("mood", "calm"),
      termLabel("key", "E minor"),
      termLabel("key", "Bb dorian"),
      termLabel("instrument", "piano"),
      termLabel("genre", "dnb"),
      termLabel("section", "verse"),
      termLabel("stem", "no_vocals"),
      termLabel("without", "melody"),
      partLabel("pad: slow strings"),
    ];
  };
  assert.deepEqual(await said("en"), ["calm", "E minor", "B♭ dorian", "piano", "drum and bass", "verse", "Without Vocals", "melody", "pad: slow strings"]);
  assert.deepEqual(await said("ru"), ["спокойно", "ми минор", "си-бемоль дорийский", "фортепиано", "драм-н-бейс", "куплет", "Без: Вокал", "мелодия", "пэд: мягкие струнные"]);
  assert.deepEqual(await said("zh"), ["平静", "E小调", "降B多利亚调式", "钢琴", "鼓打贝斯", "主歌", "无人声", "旋律", "铺底: 慢弦乐"]);
});

test("what has no name here stays as it is", () => {
  assert.deepEqual(
    [termLabel("genre", "zeuhl"), termLabel("key", "H minor"), termLabel("key", "?"), termLabel("stem", "lead_guitar"), partLabel("solo")],
    ["zeuhl", "H minor", "?", "lead guitar", "solo"],
  );
});
