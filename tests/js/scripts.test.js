import assert from "node:assert/strict";
import { test } from "node:test";
import { isScript, isSound } from "../../static/js/core/sound-files.js";
import { fieldsOf, isInput, lacking } from "../../static/js/server/schema.js";
import { Settings } from "../../static/js/store/settings.js";
import { isChat, textFile } from "../../static/js/ui/scripts.js";
import { memory } from "./memory.js";

/** @import { CommandInfo } from "../../static/js/core/types.js" */

/** @type {CommandInfo} */
const drama = {
  name: "drama",
  summary: "",
  text_field: "text",
  schema: {
    properties: {
      text: { type: "string", maxLength: 100, default: "" },
      script: { anyOf: [{ type: "string", widget: "script" }, { type: "null" }], default: null, needed_unless: "text" },
    },
  },
};

test("a script is an input as a sound is, and words stand for it", () => {
  const fields = fieldsOf(drama);
  assert.deepEqual(fields.map(({ name, kind }) => [name, kind]), [["script", "script"]]);
  assert.ok(fields.every(isInput));
  assert.equal(lacking(fields, {})?.name, "script");
  assert.equal(lacking(fields, { text: "Once" }), undefined);
});

test("a script leaves the panel once it was used", () => {
  const settings = new Settings(memory());
  settings.offer([drama]);
  const [field = assert.fail()] = fieldsOf(drama);
  settings.set(drama, field, "upload:1");
  settings.spend(drama, { script: "upload:1" });
  assert.equal(settings.values(drama).script, null);
});

test("files are told apart by their names, and JSON by what is in it", async () => {
  assert.deepEqual(["a.TXT", "b.epub", "c.drama.json", "d.wav", "e"].map((name) => isScript({ name })), [true, true, true, false, false]);
  assert.equal(isSound({ name: "a.txt", type: "text/plain" }), false);
  const json = (/** @type {string} */ text) => isChat(new File([text], "x.json"));
  assert.deepEqual(
    await Promise.all(['{"messages":[]}', "{broken", '{"form":"audiocraft-webui drama"}', '{"segments":[]}', "[]"].map(json)),
    [true, true, false, false, false],
  );
  assert.equal(await isChat(new File(["{}"], "x.txt")), false);
});

test("a text is called by its first words", () => {
  assert.equal(textFile("  Глава 1: «Буря»\nВетер").name, "Глава 1 Буря.txt");
  assert.equal(textFile("…\n").name, "script.txt");
  assert.ok(textFile("x".repeat(500)).name.length < 60);
});
