import assert from "node:assert/strict";
import { test } from "node:test";
import { SHORTEST_VIEW_S, Timeline } from "../../static/js/sound/timeline.js";

/** @param {number} duration_s */
function timeline(duration_s) {
  const made = new Timeline();
  made.reset(duration_s);
  return made;
}

/** @param {number} one @param {number} other */
const close = (one, other) => assert.ok(Math.abs(one - other) < 1e-9, `${one} is not ${other}`);

test("zooming keeps the moment under the pointer where it is", () => {
  const view = timeline(100);
  view.zoom(2, 25);
  assert.deepEqual([view.from_s, view.to_s], [12.5, 62.5]);
  const share = view.share(30);
  view.zoom(3, 30);
  close(view.share(30), share);
  close(view.moment(view.share(30)), 30);
});

test("the view never leaves the track, nor becomes shorter than can be looked at", () => {
  const view = timeline(60);
  for (const [factor, about_s] of /** @type {[number, number][]} */ ([[4, 60], [1e9, 0], [0.5, 59], [1e-9, 30], [NaN, 3], [7, 59.99]])) {
    view.zoom(factor, about_s);
    view.scroll(factor || 1);
    assert.ok(view.from_s >= 0 && view.to_s <= 60 + 1e-9, `${view.from_s}..${view.to_s}`);
    assert.ok(view.length_s >= SHORTEST_VIEW_S - 1e-9);
  }
  view.fit();
  assert.equal(view.fits, true);
  view.zoom(10, 0);
  view.scroll(-5);
  assert.equal(view.from_s, 0);
  view.show(50, 90);
  assert.ok(view.to_s <= 60);
});

test("it goes along with the sound, unless the listener looks elsewhere", () => {
  const view = timeline(100);
  view.show(0, 10);
  view.follow(9.9, 10.1);
  close(view.from_s, 9.1);
  assert.ok(view.holds(10.1));
  view.show(50, 60);
  view.follow(12, 12.1);
  assert.equal(view.from_s, 50);
  view.fit();
  view.follow(99, 0);
  assert.equal(view.from_s, 0);
});

test("it says when it changed, and only then", () => {
  const view = timeline(10);
  let times = 0;
  view.on("change", () => times++);
  view.fit();
  view.scroll(3);
  assert.equal(times, 0);
  view.zoom(2);
  assert.equal(times, 1);
});

test("a track without length harms nothing", () => {
  const view = timeline(0);
  view.zoom(2, 0);
  view.scroll(1);
  assert.deepEqual([view.from_s, view.length_s, view.moment(0.5)], [0, 0, 0]);
  assert.ok(Number.isFinite(view.share(0)));
});

test("marks lie in the view, on round moments, as many as have room", () => {
  const view = timeline(3600);
  view.show(100, 130);
  assert.deepEqual(view.marks(6).map(({ at }) => at), [100, 105, 110, 115, 120, 125, 130]);
  view.show(100, 100.5);
  assert.ok(view.marks(5).every(({ at }) => view.holds(at)));
});
