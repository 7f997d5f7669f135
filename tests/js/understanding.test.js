import assert from "node:assert/strict";
import { test } from "node:test";
import { Understanding } from "../../static/js/chat/understanding.js";

/** @param {string} text */
const question = (text) => ({ text, command: "generate", track_id: null, uploads: [] });
/** @param {string} name */
const meaning = (name) => ({ command: { name, params: {}, phrase: "" }, edit: null, heard: {} });

test("a text is asked about once, when the user pauses", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  /** @type {string[]} */
  const asked = [];
  const understanding = new Understanding(async ({ text }) => {
    asked.push(text);
    return meaning("split");
  });
  for (const text of ["r", "re", "remove the vocals"]) understanding.typed(question(text));
  assert.deepEqual(asked, []);
  t.mock.timers.tick(1000);
  assert.deepEqual(asked, ["remove the vocals"]);
  await understanding.settled(question("remove the vocals"));
  assert.deepEqual(asked, ["remove the vocals"]);
  assert.equal(understanding.of(question("remove the vocals"))?.command?.name, "split");
  assert.equal(understanding.of(question("remove the vocal")), null);
});

test("Enter asks at once, and an answer for an older text changes nothing", async () => {
  const answers = new Map();
  const understanding = new Understanding(({ text }) => new Promise((resolve) => answers.set(text, resolve)));
  const old = understanding.settled(question("old"));
  const young = understanding.settled(question("young"));
  answers.get("young")(meaning("match"));
  assert.equal((await young)?.command?.name, "match");
  answers.get("old")(meaning("split"));
  await old;
  assert.equal(understanding.of(question("old")), null);
  assert.equal(understanding.of(question("young"))?.command?.name, "match");
});

test("a slow server and one out of reach give no meaning and hold nothing up", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const slow = new Understanding(() => new Promise(() => {}));
  const waited = slow.settled(question("techno"));
  t.mock.timers.tick(1600);
  assert.equal(await waited, null);
  let calls = 0;
  const gone = new Understanding(() => {
    calls += 1;
    return Promise.reject(new TypeError("unreachable"));
  });
  assert.equal(await gone.settled(question("techno")), null);
  assert.equal(await gone.settled(question("techno")), null);
  assert.equal(calls, 2, "it is tried again");
});

test("nothing is asked about an empty box", async () => {
  const understanding = new Understanding(() => assert.fail("asked"));
  understanding.typed(question("  "));
  assert.equal(await understanding.settled(question("")), null);
});
