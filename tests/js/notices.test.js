import assert from "node:assert/strict";
import { test } from "node:test";
import { Notices } from "../../static/js/store/notices.js";

/** @param {import("../../static/js/core/types.js").Notice["level"]} level @param {string} message */
const notice = (level, message) => ({ level, message });

test("each leaves after its time, errors later, and none while somebody is at them", (t) => {
  t.mock.timers.enable({ apis: ["setInterval"] });
  const notices = new Notices();
  const shown = () => notices.shown.map(({ message }) => message);
  notices.add(notice("info", "note"));
  notices.add(notice("error", "fault"));
  t.mock.timers.tick(9_000);
  assert.deepEqual(shown(), ["fault"]);
  notices.held = true;
  t.mock.timers.tick(60_000);
  assert.deepEqual(shown(), ["fault"]);
  notices.held = false;
  t.mock.timers.tick(9_000);
  assert.deepEqual(shown(), []);
});

test("what is done with is withdrawn, and nothing else", () => {
  const notices = new Notices();
  notices.add({ ...notice("info", "written"), topic: "file-tags:1" });
  notices.add(notice("info", "other"));
  notices.withdraw("file-tags:1");
  assert.deepEqual(notices.shown.map(({ message }) => message), ["other"]);
});

test("errors and warnings can be read again; what was only told is not kept", () => {
  const notices = new Notices();
  for (const level of /** @type {const} */ (["info", "warning", "error"])) notices.add(notice(level, level));
  assert.deepEqual(notices.shown.map(({ level }) => level), ["warning", "error"]);
  assert.deepEqual([notices.kept.map(({ level }) => level), notices.unread], [["error", "warning"], 2]);
  notices.read();
  for (const { id } of notices.shown) notices.dismiss(id);
  assert.deepEqual([notices.unread, notices.kept.length, notices.shown.length], [0, 2, 0]);
  notices.clear();
  assert.equal(notices.kept.length, 0);
});
