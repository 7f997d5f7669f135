import assert from "node:assert/strict";
import { test } from "node:test";
import { offer } from "../../static/js/chat/palette.js";
import { overrides, withoutTyped } from "../../static/js/server/typed.js";

/** @import { CommandInfo } from "../../static/js/core/types.js" */

/** @type {CommandInfo[]} */
const commands = [
  {
    name: "generate",
    summary: "",
    text_field: "prompt",
    schema: {
      properties: {
        prompt: { type: "string" },
        duration: { type: "number", minimum: 1, maximum: 600, default: 30 },
        format: { enum: ["wav", "flac"], default: "wav", type: "string" },
        loop_mode: { type: "boolean", default: false },
        audio_prompt: { type: "string", widget: "audio" },
        artist: { type: "string" },
      },
    },
  },
  { name: "split", summary: "", text_field: null, schema: { properties: { source: { type: "string", widget: "audio" } } } },
];

/** @param {string} text with `|` at the caret @returns {[string, string[]] | null} kind, and the text after each choice */
function offered(text) {
  const caret = text.indexOf("|");
  const whole = text.replace("|", "");
  const found = offer(whole, caret, commands, "generate", ({ kind }) =>
    kind === "audio" ? ["track:1", "upload:2"] : [],
  );
  if (!found) return null;
  return [found.kind, found.items.map(({ insert }) => whole.slice(0, found.from) + insert + whole.slice(found.to))];
}

test("a slash offers the commands, letters narrow them", () => {
  assert.deepEqual(offered("/|"), ["command", ["/generate ", "/split "]]);
  assert.deepEqual(offered("/sp|"), ["command", ["/split "]]);
  assert.deepEqual(offered("/x|"), null);
  assert.deepEqual(offered("half / word|"), null);
});

test("after a command come its parameters, but not those that are given", () => {
  assert.deepEqual(offered("/split |"), ["parameter", ["/split source="]]);
  assert.deepEqual(offered("/generate calm dur|"), ["parameter", ["/generate calm duration="]]);
  assert.deepEqual(offered("/generate duration=5 d|"), null);
  assert.deepEqual(offered("calm dur|"), null);
});

test("after a key come its values, also without a slash", () => {
  assert.deepEqual(offered("calm format=|"), ["value", ["calm format=wav ", "calm format=flac "]]);
  assert.deepEqual(offered("calm format=f|"), ["value", ["calm format=flac "]]);
  assert.deepEqual(offered("calm loop_mode=|"), ["value", ["calm loop_mode=true ", "calm loop_mode=false "]]);
  assert.deepEqual(offered("calm audio_prompt=u|"), ["value", ["calm audio_prompt=upload:2 "]]);
  assert.deepEqual(offered("calm duration=|"), ["value", ["calm duration=30 "]]);
  assert.deepEqual(offered("calm other=|"), null);
});

test("what the words set is read as the server reads it", () => {
  const [generate = assert.fail()] = commands;
  assert.deepEqual(overrides('calm duration=8 artist="Анна К" 2+2=4 prompt=x duration=9', generate), [
    { name: "duration", value: "9" },
    { name: "artist", value: "Анна К" },
  ]);
  assert.deepEqual(overrides("a.duration=8 xduration=8", generate), []);
  assert.equal(withoutTyped('calm artist="Anna K" duration=8 slow', "artist"), "calm duration=8 slow");
});
