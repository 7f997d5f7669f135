import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { clock, fill, I18n, LANGUAGES } from "../../static/js/core/i18n.js";

const languages = Object.keys(LANGUAGES);

/** @param {string} path inside `static/` */
const read = (path) => readFileSync(new URL(`../../static/${path}`, import.meta.url), "utf8");

/** @param {string} language @param {string} name @returns {Record<string, string>} */
const catalogue = (language, name) => JSON.parse(read(`i18n/${language}/${name}.json`));

/** The page's own sentences, from every file that holds some. @param {string} language @returns {Record<string, string>} */
const page = (language) =>
  Object.assign(
    {},
    ...readdirSync(new URL(`../../static/i18n/${language}`, import.meta.url))
      .filter((name) => /^page.*\.json$/.test(name))
      .map((name) => catalogue(language, name.replace(".json", ""))),
  );

/** @param {string} sentence */
const names = (sentence) => (sentence.match(/\{\w+\}/g) ?? []).sort();

test("the page's sentences exist in every language, with the same names to fill in", () => {
  const english = page("en");
  for (const language of languages) {
    const own = page(language);
    assert.deepEqual(Object.keys(own).sort(), Object.keys(english).sort(), language);
    for (const [key, sentence] of Object.entries(own))
      assert.deepEqual(names(sentence), names(english[key] ?? ""), key);
  }
});

test("parameters are translated into the same languages alike", () => {
  assert.deepEqual(Object.keys(catalogue("ru", "parameters")), Object.keys(catalogue("zh", "parameters")));
});

test("every sentence that the page asks for is written", () => {
  const english = page("en");
  const modules = readdirSync(new URL("../../static/js", import.meta.url), { recursive: true, encoding: "utf-8" })
    .filter((name) => name.endsWith(".js"))
    .map((name) => read(`js/${name}`));
  const asked = modules.join("\n").matchAll(/"((?:ui|status|stage)\.[a-zA-Z_.]+)"/g);
  assert.deepEqual(
    [...asked].map(([, key = ""]) => key).filter((key) => !(key in english)),
    [],
  );
});

test("a sentence takes its values; what has none stays readable", () => {
  assert.equal(fill("{a} of {b}", { a: 1 }), "1 of {b}");
});

test("seconds as a clock", () => {
  assert.deepEqual([0, 59.9, 60, 3_671, NaN, -3].map(clock), ["0:00", "0:59", "1:00", "61:11", "0:00", "0:00"]);
});

test("a switch of language is announced, English stands in, an unknown language is English", async () => {
  /** @type {Record<string, Record<string, string>>} */
  const catalogues = { en: { hello: "Hello {who}", only: "Only here" }, ru: { hello: "Привет, {who}" } };
  const i18n = new I18n(async (language) => catalogues[language] ?? {});
  let changes = 0;
  const end = i18n.on("change", () => changes++);
  await i18n.use("ru");
  assert.equal(i18n.t("hello", { who: "мир" }), "Привет, мир");
  assert.equal(i18n.t("only"), "Only here");
  assert.equal(i18n.t("nowhere"), "nowhere");
  await i18n.use("xx");
  end();
  await i18n.use("ru");
  assert.equal(changes, 2);
});

test("an error speaks the page's language where it can, the server's words otherwise", async () => {
  const i18n = new I18n(async () => ({ "error.disk_full": "No room: {free}", "ui.error.unknown": "Unknown" }));
  await i18n.use("en");
  const detail = { key: "error.disk_full", values: { free: "2 MB" } };
  assert.equal(i18n.error({ code: "DISK_FULL", message: "server's words", detail }), "No room: 2 MB");
  assert.equal(
    i18n.error({ code: "INTERNAL", message: "server's words", detail: { key: "error.other" } }),
    "server's words",
  );
  assert.equal(i18n.error(null), "Unknown");
});

test("a stage without a translation reads as words", async () => {
  const i18n = new I18n(async () => ({ "stage.WRITING": "Writing the score" }));
  await i18n.use("en");
  assert.equal(i18n.stage("writing"), "Writing the score");
  assert.equal(i18n.stage("OVERLAP_ADDING"), "Overlap adding");
  assert.equal(i18n.stage("WRITING 3/20"), "Writing the score 3/20");
});

test("an error's list of problems is said in the page's language", async () => {
  const catalogues = { en: { "error.a": "Wrong: {problems}.", "problem.b": "{field} at most {le}" } };
  const i18n = new I18n(async () => catalogues.en);
  await i18n.use("en");
  const problems = [{ key: "problem.b", values: { field: "x", le: 5 } }, { key: "problem.b", values: { field: "y", le: 6 } }];
  const error = { code: "INVALID_INPUT", message: "", detail: { key: "error.a", values: { problems } } };
  assert.equal(i18n.error(error), "Wrong: x at most 5; y at most 6.");
});
