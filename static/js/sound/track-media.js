/** @import { TrackRecord } from "../core/types.js" */
/** @import { Playback } from "../store/playback.js" */

/**
 * One track of the page's playback as a waveform wants it: the part of HTMLMediaElement that it asks. While another
 * track is heard, this one stands still at its beginning.
 */
export class TrackMedia extends EventTarget {
  volume = 1;
  muted = false;
  playbackRate = 1;
  readyState = 4;
  src = "";
  currentSrc = "";
  ended = false;
  #playback;
  #record;
  #seek;
  #ends;

  /** @param {Playback} playback @param {Pick<TrackRecord, "id" | "duration_s">} record @param {(seconds: number) => void} seek */
  constructor(playback, record, seek) {
    super();
    this.#playback = playback;
    this.#record = record;
    this.#seek = seek;
    let paused = true;
    let mine = this.mine;
    const say = (/** @type {string} */ name) => this.dispatchEvent(new Event(name));
    const changed = () => {
      if (paused !== this.paused) say((paused = this.paused) ? "pause" : "play");
      if (mine !== this.mine) say("timeupdate");
      mine = this.mine;
    };
    this.#ends = [
      playback.on("change", changed),
      playback.on("time", () => {
        if (this.mine) say("timeupdate");
      }),
    ];
    queueMicrotask(changed);
  }

  /** Listens no longer. */
  end() {
    for (const end of this.#ends) end();
  }

  get mine() {
    return this.#playback.current?.key === `track:${this.#record.id}`;
  }

  get paused() {
    return !this.#playback.sounds(`track:${this.#record.id}`);
  }

  get duration() {
    return this.#record.duration_s;
  }

  get currentTime() {
    return this.mine ? this.#playback.at_s : 0;
  }

  set currentTime(seconds) {
    this.#seek(seconds);
  }

  async play() {
    if (this.mine && this.paused) this.#playback.toggle();
  }

  pause() {
    if (this.mine) this.#playback.pause();
  }

  removeAttribute() {}
}
