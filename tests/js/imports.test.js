import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { posix } from "node:path";

const ROOT = "static/js";
/** Folders from the ground up. One imports from those below it and from itself; folders of one floor are strangers. */
const FLOORS = [
  ["core"],
  ["server"],
  ["store"],
  ["ui"],
  ["sound"],
  ["account", "chat", "desk", "library", "settings", "start"],
  ["card"],
  ["deferred.js"],
  ["shell.js"],
  ["main.js"],
];

const files = readdirSync(ROOT, { recursive: true, encoding: "utf-8" }).map((path) => path.replaceAll("\\", "/"));
const modules = files.filter((path) => path.endsWith(".js"));

/** @param {string} module @param {RegExp} form whose first group is the path */
function targets(module, form) {
  const found = readFileSync(`${ROOT}/${module}`, "utf-8").matchAll(form);
  return Array.from(found, ([, path = ""]) => posix.join(posix.dirname(module), path));
}

/** @param {string} module what runs it needs */
const imports = (module) => targets(module, /^(?:import|export)\b[^;]*?"(\.[^"]+)";/gm);
/** @param {string} module whose types it names */
const types = (module) => targets(module, /(?:@import [^"]*|import\()"(\.[^"]+)"/g);
/** @param {string} path */
const floor = (path) => FLOORS.findIndex((folders) => folders.includes(path.split("/")[0] ?? ""));

test("every module lies on a floor", () => {
  assert.ok(modules.length > 60);
  assert.deepEqual(modules.filter((module) => floor(module) < 0), []);
});

test("folders import, and name types of, folders below them only", () => {
  const wrong = modules.flatMap((module) =>
    [...imports(module), ...types(module)]
      .filter((target) => target.split("/")[0] !== module.split("/")[0] && floor(target) >= floor(module))
      .map((target) => `${module} -> ${target}`),
  );
  assert.deepEqual(wrong, []);
});

test("no module needs itself, however far around", () => {
  /** @type {Map<string, "open" | "done">} */
  const seen = new Map();
  /** @param {string} module @param {readonly string[]} way */
  const walk = (module, way) => {
    assert.notEqual(seen.get(module), "open", [...way, module].join(" -> "));
    if (seen.has(module)) return;
    seen.set(module, "open");
    for (const target of imports(module)) walk(target, [...way, module]);
    seen.set(module, "done");
  };
  for (const module of modules) walk(module, []);
  assert.equal(seen.size, modules.length);
});

test("the page links every style sheet", () => {
  const page = readFileSync("templates/index.html", "utf-8");
  const sheets = files.filter((path) => path.endsWith(".css"));
  const linked = Array.from(page.matchAll(/href="{{ assets }}\/js\/([^"]+\.css)"/g), ([, path]) => path);
  assert.deepEqual(linked.toSorted(), sheets.toSorted());
});

test("whatever the page asks the server for lies below the prefix of a proxy", () => {
  const asks = /(?<before>[\w.]*\(?(?:"[A-Z]+", )?)["'`]\/(?:api|assets|i18n|static\/(?!vendor)|socket\.io)\b/g;
  const known = /^(?:address|ask|asked|reach|request|samples|send)\((?:"[A-Z]+", )?$/;
  const wrong = modules.flatMap((module) =>
    Array.from(readFileSync(`${ROOT}/${module}`, "utf-8").matchAll(asks), ({ 0: all, groups }) => [groups?.["before"], all])
      .filter(([before = ""]) => !known.test(before))
      .map(([, all]) => `${module}: ${all}`),
  );
  assert.deepEqual(wrong, []);
});
