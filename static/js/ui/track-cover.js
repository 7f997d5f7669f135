import { html } from "/static/vendor/lit/index.js";
import { address } from "../core/address.js";
import { PageElement } from "./element.js";
import { icon } from "./icons.js";

/** Covers that wait for their turn: one at a time is asked for, for the server may have to draw it. @type {Set<TrackCover>} */
const waiting = new Set();
/** @type {TrackCover | null} */
let loading = null;

function next() {
  if (loading) return;
  const [first] = waiting;
  if (!first) return;
  waiting.delete(first);
  loading = first;
  first.load();
}

/** @param {TrackCover} cover that has come, or is not wanted any more */
function leave(cover) {
  waiting.delete(cover);
  if (loading !== cover) return;
  loading = null;
  next();
}

/** Only what is seen is asked for. */
const sight = new IntersectionObserver((entries) => {
  for (const { target, isIntersecting } of entries) {
    const cover = /** @type {TrackCover} */ (target);
    if (isIntersecting) cover.want();
    else if (loading !== cover) waiting.delete(cover);
  }
});

/** The picture that the server has or makes of a track; it says nothing that does not stand beside it. */
class TrackCover extends PageElement {
  static properties = { row: { attribute: false }, shown: { state: true }, broken: { state: true } };

  constructor() {
    super();
    /** @type {{ id: string } | undefined} */
    this.row = undefined;
    /** The track whose picture is asked for or there. */
    this.shown = "";
    this.broken = false;
  }

  get id() {
    return this.row?.id ?? "";
  }

  attend() {
    sight.observe(this);
    this.own(
      () => sight.unobserve(this),
      () => leave(this),
      () => (this.shown = ""), // a picture on its way would keep all that it was taken away with
    );
  }

  /** It is in sight. */
  want() {
    if (!this.id || this.shown === this.id) return;
    waiting.add(this);
    next();
  }

  load() {
    this.broken = false;
    this.shown = this.id;
    if (!this.shown) leave(this);
  }

  /** @param {Map<string, unknown>} changed */
  updated(changed) {
    if (!changed.has("row") || this.shown === this.id || !this.isConnected) return;
    this.shown = "";
    leave(this);
    sight.unobserve(this);
    sight.observe(this); // it tells again whether it is in sight
  }

  /** @param {boolean} broken */
  come(broken) {
    this.broken = broken;
    leave(this);
  }

  render() {
    const { shown } = this;
    if (!shown || this.broken) return icon("note");
    return html`<img
      src=${address(`/api/tracks/${shown}/cover`)}
      alt=""
      width="384"
      height="384"
      draggable="false"
      @load=${() => this.come(false)}
      @error=${() => this.come(true)}
    />`;
  }
}
customElements.define("track-cover", TrackCover);
