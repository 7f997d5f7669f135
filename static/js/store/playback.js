import { Emitter } from "../core/events.js";
import { read, write } from "../core/storage.js";
import { alike } from "./playable.js";
import { keepInside } from "./region.js";

/** @import { TextStorage } from "../core/storage.js" */
/** @import { List, Playable } from "./playable.js" */
/** @import { Region } from "./region.js" */

const VOLUME_KEY = "volume_v1";
/** A take that is shorter than the moment to be kept is heard from this long before its end. */
const LAST_S = 2;

/**
 * What repeats a loop without a seam, in place of the audio element.
 *
 * @typedef {object} Seamless
 * @property {boolean} playing
 * @property {number} at_s
 * @property {() => unknown} play
 * @property {() => void} pause
 * @property {(seconds: number) => void} seekTo
 * @property {(volume: number) => void} setVolume
 * @property {() => void} dispose
 * @property {(name: "change" | "failed", listener: () => void) => () => void} on
 */

/**
 * What the page plays: one sound from one audio element, and the list that it was started from. `change` says that
 * another sound, another setting or another state is there; `time` that the sound got on; `stepped` that the list went
 * on by one, `focus` that the keyboard did so.
 *
 * @extends {Emitter<{ change: [], time: [], stepped: [from: Playable, to: Playable], focus: [Playable] }>}
 */
export class Playback extends Emitter {
  /** @type {Playable | null} */
  current = null;
  /** @type {List | null} */
  list = null;
  /** What the list holds before and after it. @type {Playable | null} */
  previous = null;
  /** @type {Playable | null} */
  next = null;
  loop = false;
  /** A stretch of the current sound that is repeated. @type {Region | null} */
  region = null;
  speed = 1;
  volume = 1;
  /** The current sound cannot be played. */
  broken = false;
  /** Makes the player of a loop; it comes with what the page loads late. @type {((sound: Playable) => Promise<Seamless>) | null} */
  seamless = null;
  /** It plays while it is there, instead of the audio element. @type {Seamless | null} */
  #looped = null;
  /** The loop whose player is on its way. @type {Playable | null} */
  #coming = null;
  /** Volume to come back to after silence. */
  #louder = 1;
  /** Whether sounds that are no loops are repeated. */
  #repeats = false;
  #storage;
  #loops;

  /**
   * @param {object} what
   * @param {HTMLAudioElement} what.audio
   * @param {TextStorage} what.storage keeps the volume
   * @param {(sound: Playable) => Promise<boolean>} what.loops whether it was made to be repeated
   */
  constructor({ audio, storage, loops }) {
    super();
    this.audio = audio;
    this.#storage = storage;
    this.#loops = loops;
    audio.preload = "metadata";
    this.volume = audio.volume = Math.min(1, Math.max(0, Number(read(storage, VOLUME_KEY, 1)) || 0));
    this.#louder = this.volume || 1;
    const changed = () => this.emit("change");
    for (const name of ["play", "pause", "durationchange"]) audio.addEventListener(name, changed);
    for (const name of ["timeupdate", "seeking"]) audio.addEventListener(name, () => this.emit("time"));
    audio.addEventListener("ended", () => void this.#ended());
    audio.addEventListener("error", () => this.#fail());
    keepInside(audio, () => this.region);
  }

  get playing() {
    return this.#looped?.playing ?? !this.audio.paused;
  }

  get at_s() {
    return this.#looped?.at_s ?? this.audio.currentTime;
  }

  get duration_s() {
    const { duration } = this.audio;
    return this.current?.duration_s || (Number.isFinite(duration) ? duration : 0);
  }

  /** @param {string | undefined} key @returns {boolean} this sound is heard now */
  sounds(key) {
    return this.playing && this.current?.key === key;
  }

  /**
   * Starts a sound; one that is current already goes on where it was.
   *
   * @param {Playable} sound
   * @param {List | null} [list] by default the one that is followed
   * @param {number} [at_s]
   */
  play(sound, list = this.list, at_s) {
    this.hold(sound, list, at_s);
    this.#start();
  }

  /**
   * Makes a sound the current one; it is heard at once where another was.
   *
   * @param {Playable} sound
   * @param {List | null} [list] by default the one that is followed
   * @param {number} [at_s] where it is by default, or its beginning
   */
  hold(sound, list = this.list, at_s) {
    const { audio, playing } = this;
    this.list = list;
    if (this.current?.key !== sound.key) {
      this.#unloop();
      this.region = null;
      this.broken = false;
      this.current = sound;
      this.loop = this.#repeats;
      this.previous = this.next = null;
      audio.src = sound.url;
      void this.#learn(sound);
    }
    if (at_s !== undefined) this.#go(at_s);
    this.#set();
    if (playing && !this.playing) this.#start();
    this.emit("change");
    void this.lookAround();
  }

  toggle() {
    if (this.playing) this.pause();
    else if (this.current) this.#start();
  }

  pause() {
    this.audio.pause();
    this.#looped?.pause();
  }

  /** @param {number} seconds */
  seek(seconds) {
    if (!this.current) return;
    this.#go(Math.min(this.duration_s, Math.max(0, seconds)));
    this.emit("time");
  }

  /** Goes on by one in the list. @param {1 | -1} step @returns {Promise<boolean>} there was one */
  async step(step) {
    const from = this.current;
    const to = from && (await this.#beside(from, step));
    if (!from || !to || this.current !== from) return false;
    this.hold(to, this.list, 0);
    this.emit("stepped", from, to);
    return true;
  }

  /**
   * Lets the neighbour of a sound be heard in its place: a take of the same piece from the same moment on.
   *
   * @param {1 | -1} step
   * @param {Playable | null} [from]
   * @param {List | null} [list]
   */
  async audition(step, from = this.current, list = this.list) {
    const to = from && (await list?.beside(from, step));
    if (!from || !to) return;
    const before = this.current;
    const kept = before && alike(before, to) ? Math.max(0, Math.min(this.at_s, (to.duration_s || Infinity) - LAST_S)) : 0;
    this.hold(to, list, kept);
    if (before?.key === from.key) this.emit("stepped", from, to);
    this.emit("focus", to);
  }

  /** @param {Region | null} region */
  setRegion(region) {
    this.region = region;
    this.#set();
    this.emit("change");
  }

  /** @param {boolean} loop */
  setLoop(loop) {
    this.loop = loop;
    if (!this.current?.loops) this.#repeats = loop;
    this.#set();
    this.emit("change");
  }

  /** @param {number} speed */
  setSpeed(speed) {
    this.speed = speed;
    this.#set();
    this.emit("change");
  }

  /** @param {number} volume 0..1 */
  setVolume(volume) {
    this.volume = volume;
    if (volume > 0) this.#louder = volume;
    this.#set();
    write(this.#storage, VOLUME_KEY, volume);
    this.emit("change");
  }

  mute() {
    this.setVolume(this.volume > 0 ? 0 : this.#louder);
  }

  /** The sound is called otherwise than before. @param {Playable} sound */
  rename(sound) {
    if (this.current?.key === sound.key) this.current = { ...this.current, title: sound.title, artist: sound.artist };
    this.emit("change");
    void this.lookAround();
  }

  /** These sounds are no longer there. @param {readonly string[]} keys */
  drop(keys) {
    if (this.current && keys.includes(this.current.key)) {
      this.pause();
      this.#unloop();
      this.audio.removeAttribute("src");
      this.audio.load();
      this.current = this.list = this.previous = this.next = null;
      this.region = null;
    }
    this.emit("change");
    void this.lookAround();
  }

  /** Asks the list anew what it holds on either side. */
  async lookAround() {
    const { current } = this;
    if (!current) return;
    await null; // what changed now is there then
    const [previous, next] = await Promise.all([this.#beside(current, -1), this.#beside(current, 1)]);
    if (this.current !== current) return;
    const same = previous?.key === this.previous?.key && next?.key === this.next?.key;
    const named = previous?.title === this.previous?.title && next?.title === this.next?.title;
    this.previous = previous;
    this.next = next;
    if (!same || !named) this.emit("change");
  }

  /** @param {Playable} sound @param {1 | -1} step @returns {Promise<Playable | null>} */
  async #beside(sound, step) {
    return (await Promise.resolve(this.list?.beside(sound, step)).catch(() => null)) ?? null;
  }

  /** @param {Playable} sound */
  async #learn(sound) {
    const loops = sound.loops ?? (await this.#loops(sound).catch(() => false));
    if (!loops || this.current?.key !== sound.key) return;
    this.current = { ...this.current, loops };
    this.loop = true;
    this.#set();
    this.emit("change");
  }

  #set() {
    const { audio } = this;
    audio.loop = this.loop && !this.region;
    audio.volume = this.volume;
    audio.defaultPlaybackRate = this.speed;
    if (audio.playbackRate !== this.speed) audio.playbackRate = this.speed;
    this.#looped?.setVolume(this.volume);
    if (!this.#looped && this.#seamlessly) void this.#enterLoop();
    if (this.#looped && !this.#seamlessly) this.#leaveLoop();
  }

  /** The whole of a loop is repeated at its own speed: no seam shall be heard. */
  get #seamlessly() {
    return this.current?.loops === true && this.loop && !this.region && this.speed === 1 && this.seamless !== null;
  }

  async #enterLoop() {
    const { current } = this;
    if (!current || !this.seamless || this.#coming?.key === current.key) return;
    this.#coming = current;
    const looped = await this.seamless(current).catch(() => null); // the element repeats it too, with a seam
    if (this.#coming?.key === current.key) this.#coming = null;
    if (!looped) return;
    if (this.current?.key !== current.key || this.#looped || !this.#seamlessly) return looped.dispose();
    const { playing, at_s } = this;
    this.#looped = looped;
    this.audio.pause();
    looped.setVolume(this.volume);
    looped.seekTo(at_s);
    looped.on("change", () => this.emit("change"));
    looped.on("failed", () => this.#leaveLoop());
    if (playing) this.#start();
    this.emit("change");
  }

  #leaveLoop() {
    const { playing, at_s } = this;
    this.#unloop();
    this.audio.currentTime = at_s;
    if (playing) this.#start();
  }

  #unloop() {
    this.#looped?.dispose();
    this.#looped = null;
  }

  /** @param {number} seconds */
  #go(seconds) {
    if (this.#looped) this.#looped.seekTo(seconds);
    else this.audio.currentTime = seconds;
  }

  #start() {
    if (this.#looped) {
      this.audio.dispatchEvent(new Event("play")); // whatever sounds elsewhere stops
      return void this.#looped.play();
    }
    this.audio.play().catch((/** @type {DOMException} */ error) => {
      if (error.name === "AbortError") return; // another sound came, or a pause
      if (error.name === "NotAllowedError") return this.emit("change"); // the browser wants a click first
      this.#fail();
    });
  }

  #fail() {
    if (!this.current) return;
    this.broken = true;
    this.emit("change");
  }

  async #ended() {
    this.emit("change");
    if (this.list?.plays_on && (await this.step(1))) this.#start();
  }
}
