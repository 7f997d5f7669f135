import assert from "node:assert/strict";
import { test } from "node:test";
import { KEY, LEAST, Panes, USUAL } from "../../static/js/store/panes.js";
import { memory } from "./memory.js";

test("without a wish the panes have their usual widths, and the chat the rest", () => {
  const panes = new Panes(memory());
  assert.deepEqual(panes.fitted(1440), { settings: USUAL.settings, card: USUAL.card, chat: 0 });
  assert.deepEqual(panes.fitted(1000), { settings: 0, card: USUAL.card, chat: 0 }, "the settings have no place");
});

test("widths, folds and the desk are kept", () => {
  const storage = memory();
  const panes = new Panes(storage);
  panes.setWidth("settings", 400);
  panes.fold("settings", true);
  panes.setDesk(true);
  panes.setWidth("chat", 500);
  panes.fold("settings", false);
  const again = new Panes(storage);
  assert.deepEqual(again.fitted(1920), { settings: 400, chat: 500, card: 0 });
  again.setDesk(false);
  assert.deepEqual(again.fitted(1920), { settings: 0, chat: 0, card: USUAL.card }, "each arrangement has its own folds");
  again.fold("settings", false);
  again.reset("settings");
  assert.equal(new Panes(storage).fitted(1920).settings, USUAL.settings);
});

test("whatever is wished for, every pane keeps its least width and all fit into the window", () => {
  for (const desk of [false, true]) {
    for (const window_px of [780, 900, 1179, 1180, 1280, 1440, 1920, 3840]) {
      for (const wish of [0, 100, 300, 700, 5000]) {
        const panes = new Panes(memory());
        panes.setDesk(desk);
        panes.fold("settings", false);
        panes.setWidth("settings", wish);
        panes.setWidth(panes.beside, wish);
        const fitted = panes.fitted(window_px);
        const side = fitted[panes.beside];
        assert.ok(side >= LEAST[panes.beside], `${window_px} ${wish} ${side}`);
        if (window_px >= 1180) assert.ok(fitted.settings >= LEAST.settings);
        assert.ok(window_px - fitted.settings - side >= 400, `the rest at ${window_px}: ${JSON.stringify(fitted)}`);
        assert.ok(fitted.settings <= panes.most("settings", window_px));
        assert.ok(side <= panes.most(panes.beside, window_px));
      }
    }
  }
});

test("what cannot be a width is not taken for one", () => {
  const storage = memory();
  storage.setItem(KEY, JSON.stringify({ desk: "yes", widths: { card: "wide", chat: null }, folded: { chat: ["card", 3] } }));
  const panes = new Panes(storage);
  assert.equal(panes.desk, false);
  assert.equal(panes.isFolded("settings"), false);
  assert.equal(panes.fitted(1440).card, USUAL.card);
});
