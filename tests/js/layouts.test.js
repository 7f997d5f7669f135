import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { i18n } from "../../static/js/core/i18n.js";
import { layoutName } from "../../static/js/sound/layouts.js";

test("a layout is called as people call it, in every language", async () => {
  for (const [language, stereo, six] of /** @type {const} */ ([
    ["en", "stereo", "6 unassigned channels"],
    ["ru", "стерео", "6 каналов без назначения"],
    ["zh", "立体声", "6 个未指定位置的声道"],
  ])) {
    const words = readFileSync(new URL(`../../static/i18n/${language}/page-card.json`, import.meta.url), "utf8");
    globalThis.fetch = async () => new Response(words); // the catalogue comes from the disk instead of the server
    await i18n.use(language);
    assert.deepEqual(["stereo", "5.1", "5.1(side)", "FL+FR+TFL", "6 channels"].map(layoutName), [stereo, "5.1", "5.1(side)", "FL+FR+TFL", six]);
  }
});
