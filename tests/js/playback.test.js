import assert from "node:assert/strict";
import { test } from "node:test";
import { alike, listOf, playableTrack } from "../../static/js/store/playable.js";
import { Playback } from "../../static/js/store/playback.js";
import { memory } from "./memory.js";

/** An audio element as far as the playback asks: it plays until it is told that the end has come. */
class FakeAudio extends EventTarget {
  paused = true;
  loop = false;
  volume = 1;
  playbackRate = 1;
  defaultPlaybackRate = 1;
  duration = 10;
  currentTime = 0;
  preload = "";
  /** @type {string[]} */
  loaded = [];
  /** @param {string} url */
  set src(url) {
    this.loaded.push(url);
    this.paused = true;
    this.currentTime = 0;
    this.playbackRate = this.defaultPlaybackRate;
  }
  async play() {
    this.paused = false;
    this.dispatchEvent(new Event("play"));
  }
  pause() {
    this.paused = true;
    this.dispatchEvent(new Event("pause"));
  }
  end() {
    this.pause();
    this.dispatchEvent(new Event("ended"));
  }
  removeAttribute() {}
  load() {}
}

const tracks = ["one", "two", "three"].map((title, at) =>
  playableTrack({ id: String(at), title, duration_s: 10, command: "generate", prompt: at < 2 ? "calm" : "loud" }),
);
const [one, two, three] = /** @type {[import("../../static/js/store/playable.js").Playable, any, any]} */ (tracks);
const list = listOf("chat", () => tracks);
const settled = () => new Promise((resolve) => setTimeout(resolve));

/** @param {{ loops?: (key: string) => boolean }} [options] */
function made({ loops = () => false } = {}) {
  const audio = new FakeAudio();
  const storage = memory();
  const playback = new Playback({
    audio: /** @type {any} */ (audio), storage, loops: async ({ key }) => loops(key),
  });
  return { audio, playback, storage };
}

test("a sound plays with the names of its neighbours, and steps keep playing", async () => {
  const { audio, playback } = made();
  playback.play(two, list);
  await settled();
  assert.deepEqual([playback.previous?.title, playback.next?.title], ["one", "three"]);
  /** @type {string[][]} */
  const stepped = [];
  playback.on("stepped", (from, to) => stepped.push([from.title, to.title]));
  assert.equal(await playback.step(1), true);
  assert.deepEqual([playback.current?.title, playback.playing], ["three", true]);
  await settled();
  assert.equal(playback.next, null);
  assert.equal(await playback.step(1), false);
  playback.pause();
  await playback.step(-1);
  assert.deepEqual([playback.current?.title, playback.playing], ["two", false]);
  assert.deepEqual(stepped, [["two", "three"], ["three", "two"]]);
  assert.deepEqual(audio.loaded, ["1", "2", "1"].map((id) => `/api/tracks/${id}/audio`));
});

test("takes of one piece are auditioned from the same moment, others from their beginning", async () => {
  const { audio, playback } = made();
  playback.play(one, list);
  audio.currentTime = 4;
  await playback.audition(1);
  assert.deepEqual([playback.current?.title, audio.currentTime, playback.playing], ["two", 4, true]);
  audio.currentTime = 9.5;
  await playback.audition(-1);
  assert.deepEqual([playback.current?.title, audio.currentTime], ["one", 8]);
  assert.equal(alike(one, { ...three, duration_s: 11 }), false);
  assert.equal(alike(one, { ...three, duration_s: 10.05 }), true);
});

test("a list plays on to its end; the card's track ends alone", async () => {
  const { audio, playback } = made();
  playback.play(two, list);
  audio.end();
  await settled();
  assert.deepEqual([playback.current?.title, playback.playing], ["three", true]);
  audio.end();
  await settled();
  assert.deepEqual([playback.current?.title, playback.playing], ["three", false]);
  playback.play(one, { ...list, plays_on: false });
  audio.end();
  await settled();
  assert.deepEqual([playback.current?.title, playback.playing], ["one", false]);
});

test("a loop repeats at once and leaves other tracks as the user had them", async () => {
  const { audio, playback } = made({ loops: (key) => key === one.key });
  playback.play(one, list);
  await settled();
  assert.deepEqual([playback.loop, audio.loop], [true, true]);
  playback.setLoop(false);
  playback.play(two, list);
  assert.equal(audio.loop, false);
  playback.setLoop(true);
  playback.play(three, list);
  assert.equal(audio.loop, true);
  playback.setRegion({ from_s: 1, to_s: 2 });
  assert.equal(audio.loop, false, "the region is what is repeated");
  playback.play(two, list);
  assert.equal(playback.region, null);
});

test("the whole of a loop is repeated by what has no seam, as long as that can do what is wanted", async () => {
  const { audio, playback } = made({ loops: (key) => key === one.key });
  let disposed = 0;
  const looped = {
    playing: false,
    at_s: 0,
    volume: 1,
    play: () => (looped.playing = true),
    pause: () => (looped.playing = false),
    seekTo: (/** @type {number} */ at_s) => (looped.at_s = at_s),
    setVolume: (/** @type {number} */ volume) => (looped.volume = volume),
    dispose: () => (disposed++, (looped.playing = false)),
    on: () => () => {},
  };
  playback.seamless = async () => looped;
  playback.setVolume(0.5);
  playback.play(one, list);
  await settled();
  assert.deepEqual([audio.paused, looped.playing, playback.playing, looped.volume], [true, true, true, 0.5]);
  playback.seek(3);
  assert.deepEqual([looped.at_s, playback.at_s], [3, 3]);
  playback.toggle();
  assert.equal(playback.playing, false);
  playback.toggle();
  playback.setRegion({ from_s: 1, to_s: 2 });
  assert.deepEqual([disposed, audio.paused, audio.currentTime], [1, false, 1], "the element, inside the region");
  playback.setRegion(null);
  await settled();
  assert.deepEqual([audio.paused, looped.playing], [true, true]);
  playback.play(two, list);
  assert.deepEqual([disposed, audio.paused, looped.playing], [2, false, false]);
  playback.pause(); // or the timer of regions would go on
});

test("volume is kept, silence comes back from, speed outlives the next track", () => {
  const { audio, playback, storage } = made();
  playback.setVolume(0.4);
  playback.mute();
  assert.deepEqual([audio.volume, playback.volume], [0, 0]);
  playback.mute();
  assert.equal(audio.volume, 0.4);
  assert.equal(storage.getItem("volume_v1"), "0.4");
  playback.play(one, list);
  playback.setSpeed(1.5);
  playback.play(two, list);
  assert.equal(audio.playbackRate, 1.5);
});

test("what is deleted is no longer played, what is renamed is called so", async () => {
  const { audio, playback } = made();
  playback.play(two, list);
  playback.rename({ ...two, title: "second" });
  assert.equal(playback.current?.title, "second");
  playback.drop([two.key]);
  assert.deepEqual([playback.current, audio.paused], [null, true]);
});

test("a file that cannot be played is said to be broken; the next one is not", async () => {
  const { audio, playback } = made();
  playback.play(one, list);
  audio.dispatchEvent(new Event("error"));
  assert.equal(playback.broken, true);
  playback.play(two, list);
  assert.equal(playback.broken, false);
});
