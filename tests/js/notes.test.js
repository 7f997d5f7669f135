import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { i18n } from "../../static/js/core/i18n.js";
import { formatNote } from "../../static/js/card/notes.js";

const english = readFileSync(new URL("../../static/i18n/en/page-card.json", import.meta.url), "utf8");
globalThis.fetch = async () => new Response(english); // the catalogue comes from the disk instead of the server

test("every code of a note is a sentence, and an unknown one stays as it is", async () => {
  await i18n.use("en");
  assert.equal(
    formatNote("rate_48000,cover_lost,tag_lost_original_date"),
    "48000 Hz, the nearest sample rate of this format; a cover of the source could not be kept; the tag “original date” of the source could not be kept",
  );
  for (const code of ["bit_depth_24", "channels_2", "layout_5.1(side)", "rf64", "untagged", "tags_unread"]) assert.notEqual(formatNote(code), code);
  assert.equal(formatNote("of_tomorrow"), "of_tomorrow");
});
