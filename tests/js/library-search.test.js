import assert from "node:assert/strict";
import { test } from "node:test";
import { camelot, KEYS_AROUND } from "../../static/js/core/camelot.js";
import { asks, byRelevance, changed, cleared, keepable, leaning, parts, same, tagIn, without, withTag } from "../../static/js/library/search.js";
import { tracks } from "../../static/js/server/api.js";

test("what is emptied is no part of a search; compatible keys need a key, and unlike tracks a like one", () => {
  assert.deepEqual(changed({ q: "calm", favourite: true }, { q: "", favourite: false }), {});
  assert.deepEqual(changed({}, { tag: [], like: [], low_bpm: undefined, key: [] }), {});
  assert.deepEqual(changed({ key: ["A minor"], compatible: true }, { key: [] }), {});
  assert.deepEqual(changed({ like: ["1"], unlike: ["2"] }, { like: [] }), {});
  assert.deepEqual(changed({ key: ["A minor"] }, { compatible: true }), { key: ["A minor"], compatible: true });
});

test("the best come first where words are meant, or tracks are named", () => {
  assert.equal(byRelevance({ meaning: true }), false);
  assert.equal(byRelevance({ meaning: true, q: "  " }), false);
  assert.equal(byRelevance({ q: "calm" }), false);
  assert.equal(byRelevance({ q: "calm", meaning: true }), true);
  assert.equal(byRelevance({ like: ["1"] }), true);
});

test("each part of a search is named, and can be taken away for itself", () => {
  const search = { q: "x", like: ["1"], unlike: ["2"], tag: ["mood/calm", "genre/folk"], key: ["A minor"], compatible: true,
    low_bpm: 80, favourite: true, command: "tag", model: "m", sort: "title", meaning: true };
  const named = parts(search);
  assert.deepEqual(
    named.map(({ name, value }) => `${name} ${value}`),
    ["like 1", "unlike 2", "tag mood/calm", "tag genre/folk", "key A minor", "tempo 80-", "favourite true", "command tag", "model m"],
  );
  const left = named.reduce(without, search);
  assert.deepEqual(left, { q: "x", sort: "title", meaning: true });
  assert.deepEqual(without(search, { name: "tag", value: "mood/calm" }).tag, ["genre/folk"]);
  assert.deepEqual([asks(left), asks(cleared(search)), asks({ q: " " })], [true, false, false]);
});

test("a category has one tag of its choice", () => {
  const search = withTag({ tag: ["mood/calm", "genre/folk"] }, "mood", "mood/sad");
  assert.deepEqual(search.tag, ["genre/folk", "mood/sad"]);
  assert.equal(tagIn(search, "mood"), "mood/sad");
  assert.equal(tagIn(search, "voice"), "");
  assert.deepEqual(withTag(search, "mood", "").tag, ["genre/folk"]);
});

test("a track is wanted or not, never both, and named once", () => {
  const liked = leaning({ like: ["3"], unlike: ["1", "2"] }, "1", "like");
  assert.deepEqual(liked, { like: ["3", "1"], unlike: ["2"] });
  assert.deepEqual(leaning(liked, "1", "unlike"), { like: ["3"], unlike: ["2", "1"] });
  assert.deepEqual(leaning(liked, "3", "like"), { like: ["1", "3"], unlike: ["2"] });
  const ids = Array.from({ length: 25 }, (_, at) => String(at));
  const many = ids.reduce((search, id) => leaning(search, id, "like"), {});
  assert.deepEqual(/** @type {any} */ (many).like, ids.slice(5), "the latest count");
});

test("what is kept of a search is what it finds", () => {
  assert.deepEqual(keepable({ q: " calm ", meaning: true, offset: 3, limit: 1 }), { q: "calm", meaning: true });
  assert.deepEqual(keepable({ meaning: true, favourite: true }), { favourite: true });
  assert.equal(same({ q: "a", tag: ["mood/calm"], meaning: true }, { meaning: true, tag: ["mood/calm"], q: "a " }), true);
  assert.equal(same({ q: "a" }, { q: "a", meaning: true }), false);
});

test("a search is asked for by the names that the server has", async () => {
  let asked = "";
  globalThis.fetch = async (address) => ((asked = String(address)), new Response("{}"));
  await tracks({ q: "a & b", meaning: true, like: ["1", "2"], tag: ["mood/calm", "genre/r&b"], key: ["F# minor"], compatible: true,
    low_bpm: 80, high_bpm: 90.5, unlike: [], sort: "title", offset: 100, limit: 100 });
  const query = new URL(asked, "http://x").searchParams;
  assert.deepEqual(Object.fromEntries(query), { q: "a & b", meaning: "1", like: "1,2", tag: "genre/r&b", key: "F# minor", compatible: "1",
    low_bpm: "80", high_bpm: "90.5", sort: "title", offset: "100", limit: "100" });
  assert.deepEqual(query.getAll("tag"), ["mood/calm", "genre/r&b"]);
});

test("the keys go once around the Camelot wheel", () => {
  assert.equal(new Set(KEYS_AROUND).size, 24);
  assert.deepEqual(KEYS_AROUND.map(camelot), Array.from({ length: 12 }, (_, at) => [`${at + 1}A`, `${at + 1}B`]).flat());
  const known = { "A minor": "8A", "C major": "8B", "E minor": "9A", "F# minor": "11A", "Db major": "3B", "G# minor": "1A", "B major": "1B" };
  for (const [key, place] of Object.entries(known)) assert.equal(camelot(key), place);
  assert.equal(camelot("H major"), "");
});
