import assert from "node:assert/strict";
import { test } from "node:test";
import { Presets } from "../../static/js/store/presets.js";
import { between, moved, SHORTEST_S } from "../../static/js/store/region.js";
import { PAGE, Shelf } from "../../static/js/library/shelf.js";
import { Settings } from "../../static/js/store/settings.js";
import { memory } from "./memory.js";

/** @import { CommandInfo, TrackRow } from "../../static/js/core/types.js" */

/** @type {CommandInfo} */
const command = {
  name: "generate",
  summary: "",
  text_field: "prompt",
  schema: {
    properties: {
      prompt: { type: "string" },
      model: { enum: ["composer", "melody"], default: "composer", type: "string" },
      duration: { type: "number", minimum: 1, maximum: 600, default: 30 },
      audio_prompt: {
        anyOf: [{ type: "string" }, { type: "null" }],
        widget: "audio",
        default: null,
        shown_when: { model: ["melody"] },
      },
    },
  },
};

test("presets survive a reload, are renamed, and never take a name twice", () => {
  const storage = memory();
  const presets = new Presets(storage);
  presets.keep(command, "  slow\n piano ", { duration: 90, audio_prompt: "track:1" });
  presets.keep(command, "other", { duration: 5 });
  const [other = assert.fail(), slow = assert.fail()] = new Presets(storage).of("generate");
  assert.deepEqual([other.name, slow.name, slow.params], ["other", "slow piano", { duration: 90 }]);
  const again = new Presets(storage);
  assert.equal(again.rename(again.find("generate", "other") ?? assert.fail(), "slow piano"), false);
  assert.equal(again.rename(again.find("generate", "other") ?? assert.fail(), "quick"), true);
  assert.deepEqual(
    again.of("generate").map(({ name }) => name),
    ["quick", "slow piano"],
  );
});

test("an exported file comes back, with values checked and names freed", () => {
  const presets = new Presets(memory());
  presets.keep(command, "<b>x</b>", { duration: 90 });
  const text = presets.exported(presets.all);
  assert.equal(presets.imported(text, [command]), 1);
  assert.deepEqual(
    presets.of("generate").map(({ name }) => name),
    ["<b>x</b>", "<b>x</b> 2"],
  );
  const file = JSON.parse(text);
  file.presets = [
    { command: "generate", name: "far", params: { duration: 1e9, model: "no such", audio_prompt: "../x" } },
    { command: "nowhere", name: "lost", params: {} },
    { command: "generate", name: 5, params: {} },
    null,
  ];
  assert.equal(presets.imported(JSON.stringify(file), [command]), 1);
  assert.deepEqual(presets.find("generate", "far")?.params, { duration: 600 });
  for (const wrong of ["", "{", "[]", "null", '{"form":"other","presets":[]}']) {
    assert.throws(() => presets.imported(wrong, [command]), TypeError);
  }
});

test("a parameter without a meaning is not sent, and is back when it has one", () => {
  const settings = new Settings(memory());
  settings.offer([command]);
  settings.apply(command, { model: "melody", audio_prompt: "track:1" });
  assert.equal(settings.values(command).audio_prompt, "track:1");
  const model = { ...settings.values(command), model: "composer" };
  settings.apply(command, { ...model, audio_prompt: "track:1" });
  assert.equal("audio_prompt" in settings.values(command), false);
});

test("a region has two ends that never cross", () => {
  assert.deepEqual(between(5, 2, 10), { from_s: 2, to_s: 5 });
  assert.deepEqual(between(-1, 20, 10), { from_s: 0, to_s: 10 });
  assert.equal(between(3, 3.01, 10), null);
  const region = { from_s: 2, to_s: 5 };
  assert.deepEqual(moved(region, "from_s", 9, 10), { from_s: 5 - SHORTEST_S, to_s: 5 });
  assert.deepEqual(moved(region, "to_s", 99, 10), { from_s: 2, to_s: 10 });
  assert.deepEqual(moved(region, "to_s", NaN, 10), region);
});

test("a shelf asks for the pages that are wanted, once, and forgets answers to an older search", async () => {
  /** @type {{ offset?: number, q?: string }[]} */
  const asked = [];
  const shelf = new Shelf(async (search) => {
    asked.push(search);
    const { offset = 0, q = "" } = search;
    const row = (/** @type {number} */ at) => /** @type {TrackRow} */ (/** @type {unknown} */ ({ id: `${q}${offset + at}` }));
    return { tracks: Array.from({ length: PAGE }, (_, at) => row(at)), total: 5000 };
  });
  const settled = () => new Promise((resolve) => setImmediate(resolve));
  shelf.find({ q: "a" });
  shelf.find({ q: "b" });
  await settled();
  assert.deepEqual([shelf.total, shelf.row(3)?.id], [5000, "b3"]);
  shelf.want(250, 320);
  shelf.want(250, 320);
  await settled();
  assert.deepEqual([shelf.row(299)?.id, shelf.row(300)?.id, shelf.row(4999)], ["b299", "b300", undefined]);
  assert.equal(asked.length, 4);
  const marked = (/** @type {object} */ row) => shelf.keep(/** @type {TrackRow} */ (row));
  assert.equal(marked({ id: "b300", why: [{ label: "mood/calm", share: 1 }] }), true);
  assert.equal(marked({ id: "b300", name: "renamed" }), true);
  assert.deepEqual([shelf.row(300)?.name, shelf.row(300)?.why?.length], ["renamed", 1], "why it was found stays");
  assert.equal(marked({ id: "new" }), false);
  assert.equal(asked.length, 4);
});
