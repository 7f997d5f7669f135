import { html, nothing } from "/static/vendor/lit/index.js";
import { playableTrack, playableUpload } from "../store/playable.js";
import { PageElement } from "../ui/element.js";

/** @import { App } from "../store/app.js" */
/** @import { List } from "../store/playable.js" */
/** @import { Row } from "./play-button.js" */

const MARGIN = "200px";

/** @type {Map<Element, (visible: boolean) => void>} */
const watched = new Map();
const sight = new IntersectionObserver(
  (entries) => entries.forEach(({ target, isIntersecting }) => watched.get(target)?.(isIntersecting)),
  { rootMargin: MARGIN },
);

/** An outline as a picture that masks the colours of the style sheet. @param {string} outline */
export function shape(outline) {
  const bars = [...outline].map((digit, at) => {
    const half = Math.max(0.4, (9.5 * Number.parseInt(digit, 36)) / 35);
    return `M${at + 0.5} ${(10 - half).toFixed(1)}v${(2 * half).toFixed(1)}`;
  });
  const size = `viewBox='0 0 ${outline.length} 20' preserveAspectRatio='none'`;
  const path = `<path d='${bars.join("")}' stroke='black' stroke-width='.6'/>`;
  return `url("data:image/svg+xml,${encodeURIComponent(`<svg xmlns='http://www.w3.org/2000/svg' ${size}>${path}</svg>`)}")`;
}

/** The small waveform of a row, with what has been heard of it. A pointer on it plays from there; keys have the bar. */
class TrackWave extends PageElement {
  static properties = { app: { attribute: false }, row: { attribute: false }, list: { attribute: false } };

  constructor() {
    super();
    /** @type {App | undefined} */
    this.app = undefined;
    /** @type {Row | undefined} */
    this.row = undefined;
    /** @type {List | undefined} */
    this.list = undefined;
    this.key = "";
    this.frame = 0;
    this.visible = false;
    this.end = () => {};
  }

  attend() {
    const { app } = this;
    if (!app) return;
    watched.set(this, (visible) => this.seen(visible));
    sight.observe(this);
    this.own(
      app.playback.on("change", () => this.tick()),
      app.playback.on("time", () => this.tick()),
      () => this.leave(),
    );
  }

  leave() {
    sight.unobserve(this);
    watched.delete(this);
    this.end();
    cancelAnimationFrame(this.frame);
    this.visible = false;
    this.key = "";
  }

  get sound() {
    const { row } = this;
    return row && ("id" in row ? playableTrack(row) : playableUpload(row));
  }

  /** @param {boolean} visible */
  seen(visible) {
    this.visible = visible;
    this.ask();
    this.tick();
  }

  updated() {
    const key = this.sound?.key ?? "";
    if (key === this.key) return;
    this.key = key;
    this.end();
    this.end = this.app?.outlines.on(key, () => this.draw()) ?? this.end;
    this.draw();
    this.ask();
    this.tick();
  }

  ask() {
    if (this.visible && this.key) this.app?.outlines.want(this.key);
    else this.app?.outlines.forget(this.key);
  }

  draw() {
    const outline = this.app?.outlines.get(this.key);
    this.dataset.drawn = String(Boolean(outline));
    this.style.setProperty("--shape", outline ? shape(outline) : "none");
  }

  /** Moves the colour with the sound. */
  tick() {
    cancelAnimationFrame(this.frame);
    const playback = this.app?.playback;
    const current = playback?.current?.key === this.key && this.key !== "";
    const share = current && playback.duration_s ? playback.at_s / playback.duration_s : 0;
    this.style.setProperty("--played", `${100 * share}%`);
    if (current && playback.playing && this.visible) this.frame = requestAnimationFrame(() => this.tick());
  }

  /** @param {PointerEvent} event */
  pointed(event) {
    const { app, sound } = this;
    if (!app || !sound) return;
    const { left, width } = this.getBoundingClientRect();
    const share = Math.min(1, Math.max(0, (event.clientX - left) / width));
    app.playback.play(sound, this.list ?? app.everything, share * (sound.duration_s || app.playback.duration_s));
  }

  render() {
    return this.row ? html`<span class="outline" aria-hidden="true" @click=${this.pointed}></span>` : nothing;
  }
}
customElements.define("track-wave", TrackWave);
