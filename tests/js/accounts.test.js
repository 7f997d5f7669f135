import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { browserName } from "../../static/js/account/browser.js";
import { LOCAL, OwnStorage } from "../../static/js/core/storage.js";
import { ask, login, Refusal, request } from "../../static/js/server/api.js";
import { History } from "../../static/js/store/history.js";
import { memory } from "./memory.js";

const WANTED = { error: { code: "UNAUTHORIZED", message: "Log in first." } };
const { fetch } = globalThis;

afterEach(() => {
  globalThis.fetch = fetch;
  Object.assign(login, { csrf: "", renewed: async () => false });
});

/** Answers requests, and keeps what proof they came with. @param {(csrf: string | null) => Response} answer */
function server(answer) {
  /** @type {(string | null)[]} */
  const came = [];
  globalThis.fetch = async (_path, options) => {
    const csrf = new Headers(options?.headers).get("X-CSRF-Token");
    came.push(csrf);
    return answer(csrf);
  };
  return came;
}

test("a user's things are another's neither to read nor to write over, and the local user's keys are as ever", () => {
  const browser = memory();
  const [local, ann, ben] = [LOCAL, "a1", "b2"].map((user) => new OwnStorage(browser, user));
  ann?.setItem("presets_v1", "ann's");
  assert.equal(ben?.getItem("presets_v1"), null);
  assert.equal(local?.getItem("presets_v1"), null);
  local?.setItem("presets_v1", "what was there before");
  assert.equal(browser.getItem("presets_v1"), "what was there before");
  assert.equal(ann?.getItem("presets_v1"), "ann's");
  assert.notEqual(ann?.key("presets_v1"), ben?.key("presets_v1"));
});

test("what is forgotten of a user is all that was theirs, stays so, and is nobody else's", () => {
  const browser = memory();
  for (const key of ["theme_v1", "language", "compact_v1"]) browser.setItem(key, "anybody's");
  const [local, ann, ben] = [LOCAL, "a1", "b2"].map((user) => new OwnStorage(browser, user));
  for (const own of [local, ann, ben]) for (const name of ["presets_v1", "chat_history_v2"]) own?.setItem(name, "own");
  ann?.forget();
  ann?.setItem("chat_history_v2", "what came while the page ended");
  const left = () => Array.from({ length: browser.length }, (_, at) => browser.key(at) ?? "").toSorted();
  const anybodys = ["compact_v1", "language", "theme_v1"];
  const bens = ["b2:chat_history_v2", "b2:presets_v1"];
  assert.deepEqual(left(), [...anybodys, ...bens, "chat_history_v2", "presets_v1"].toSorted());
  local?.forget();
  assert.deepEqual(left(), [...anybodys, ...bens].toSorted());
});

test("chats of two users of one browser stay apart", () => {
  const browser = memory();
  const ann = new History(new OwnStorage(browser, "a1"));
  ann.ask({ requestId: "r1", command: "debug", shown: "a secret", unsent: { params: {} }, at: 1 });
  assert.equal(new History(new OwnStorage(browser, "b2")).messages.length, 0);
  assert.equal(new History(new OwnStorage(browser, "a1")).messages.length, 2);
});

test("without accounts nothing is proved, and a refusal is one", async () => {
  const came = server(() => Response.json(WANTED, { status: 401 }));
  await assert.rejects(request("/api/tracks"), (error) => error instanceof Refusal && error.status === 401);
  assert.deepEqual(came, [null]);
});

test("a request whose login is over waits for the next, and comes again with its proof", async () => {
  const came = server((csrf) => (csrf === "new" ? Response.json({ total: 1 }) : Response.json(WANTED, { status: 401 })));
  login.csrf = "old";
  login.renewed = async (status, csrf) => {
    assert.deepEqual([status, csrf], [401, "old"]);
    login.csrf = "new";
    return true;
  };
  assert.deepEqual(await request("/api/tracks", { method: "POST", body: "{}" }), { total: 1 });
  assert.deepEqual(came, ["old", "new"]);
});

test("version 1 says what is wrong without a frame around it", async () => {
  const said = { code: "FORBIDDEN", message: "no", detail: { key: "error.admin_only", values: {} } };
  server(() => Response.json(said, { status: 403 }));
  await assert.rejects(ask("/api/v1/users"), (error) => error instanceof Refusal && error.body.code === "FORBIDDEN");
});

test("a browser is called as people call it, and a program as it calls itself", () => {
  const like = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36";
  assert.equal(browserName(`Mozilla/5.0 (X11; Linux x86_64) ${like}`), "Chrome, Linux");
  assert.equal(browserName(`Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${like} Edg/140.0`), "Edge, Windows");
  assert.equal(browserName("Mozilla/5.0 (Android 14; Mobile; rv:140.0) Gecko/140.0 Firefox/140.0"), "Firefox, Android");
  assert.equal(browserName("curl/8.5.0"), "curl/8.5.0");
});
