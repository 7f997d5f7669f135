import { Emitter } from "../core/events.js";
import { timeMarks } from "./axis.js";

/** The shortest stretch that can be looked at, seconds. */
export const SHORTEST_VIEW_S = 0.25;
/** How far one step of the buttons and keys zooms. */
export const ZOOM_STEP = 2;
/** What is kept free before the playhead when the view goes along. */
const LEAD = 0.1;

/**
 * The part of a track that its pictures show: all of them share one, and so the time above each other is the same.
 *
 * @extends {Emitter<{ change: [] }>}
 */
export class Timeline extends Emitter {
  /** Length of the track, seconds. */
  duration_s = 0;
  /** The first moment in view. */
  from_s = 0;
  /** How much is in view, seconds. */
  length_s = 0;

  get to_s() {
    return this.from_s + this.length_s;
  }

  /** The whole track is in view. */
  get fits() {
    return this.length_s >= this.duration_s;
  }

  get shortest_s() {
    return Math.min(SHORTEST_VIEW_S, this.duration_s);
  }

  /** Another track: it is shown whole. @param {number} duration_s */
  reset(duration_s) {
    this.duration_s = duration_s;
    this.#view(0, duration_s);
  }

  fit() {
    this.#view(0, this.duration_s);
  }

  /** @param {number} from_s @param {number} to_s */
  show(from_s, to_s) {
    this.#view(from_s, to_s - from_s);
  }

  /**
   * Looks `factor` times as closely; the moment `about_s` stays where it is.
   *
   * @param {number} factor
   * @param {number} [about_s] the middle of the view by default
   */
  zoom(factor, about_s = this.from_s + this.length_s / 2) {
    if (!(factor > 0)) return;
    const length_s = Math.min(this.duration_s, Math.max(this.shortest_s, this.length_s / factor));
    const share = this.length_s ? (about_s - this.from_s) / this.length_s : 0;
    this.#view(about_s - share * length_s, length_s);
  }

  /** @param {number} by_s */
  scroll(by_s) {
    this.#view(this.from_s + by_s, this.length_s);
  }

  /** Turns the page where the sound has left the view; a view that the listener moved away from it is left alone. @param {number} before_s @param {number} at_s */
  follow(before_s, at_s) {
    if (this.fits || !this.holds(before_s) || this.holds(at_s)) return;
    this.#view(at_s - LEAD * this.length_s, this.length_s);
  }

  /** @param {number} at_s */
  holds(at_s) {
    return at_s >= this.from_s && at_s <= this.to_s;
  }

  /** Where a moment lies in the view; outside it below 0 or above 1. @param {number} at_s */
  share(at_s) {
    return (at_s - this.from_s) / Math.max(this.length_s, 1e-9);
  }

  /** The moment at a place of the view. @param {number} share 0..1 */
  moment(share) {
    return Math.min(this.duration_s, Math.max(0, this.from_s + share * this.length_s));
  }

  /** Moments worth a word. @param {number} most */
  marks(most) {
    return timeMarks(this.from_s, this.to_s, most);
  }

  /** @param {number} from_s @param {number} length_s */
  #view(from_s, length_s) {
    const length = Math.min(this.duration_s, Math.max(this.shortest_s, length_s || 0));
    const from = Math.min(this.duration_s - length, Math.max(0, from_s || 0));
    if (from === this.from_s && length === this.length_s) return;
    this.from_s = from;
    this.length_s = length;
    this.emit("change");
  }
}
