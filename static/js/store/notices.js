import { Emitter } from "../core/events.js";

/** @import { Notice } from "../core/types.js" */
/** @typedef {Notice & { id: number, at: number, left_ms: number }} Told `at` unix seconds, `left_ms` before it leaves */

/** More than these at once would push the page away; the older ones wait in the list. */
const SHOWN = 2;
const KEPT = 50;
const TICK_MS = 250;
/** How long one can be read: errors are longer and matter more. */
const STAY_MS = { info: 8_000, warning: 12_000, error: 16_000 };
const LETTER_MS = 50;

/**
 * Passing words to the user. Each leaves after a time, which stands still while somebody is at them, and is kept in a
 * list that can be opened again.
 *
 * @extends {Emitter<{ change: [] }>}
 */
export class Notices extends Emitter {
  /** @type {readonly Told[]} the newest last */
  shown = [];
  /** @type {readonly Told[]} the newest first */
  kept = [];
  /** Those that came since the list was opened. */
  unread = 0;
  /** Somebody points at them, or has the focus among them. */
  held = false;
  /** @type {ReturnType<typeof setInterval> | undefined} */
  #ticking = undefined;
  #count = 0;

  /** @param {Notice} notice */
  add(notice) {
    const stay_ms = STAY_MS[notice.level] + LETTER_MS * notice.message.length;
    const told = { ...notice, id: ++this.#count, at: Date.now() / 1000, left_ms: stay_ms };
    this.shown = [...this.shown, told].slice(-SHOWN);
    if (notice.level !== "info") {
      this.kept = [told, ...this.kept].slice(0, KEPT);
      this.unread += 1;
    }
    this.#ticking ??= setInterval(() => this.tick(TICK_MS), TICK_MS);
    this.emit("change");
  }

  /** So much time has passed. @param {number} passed_ms */
  tick(passed_ms) {
    if (this.held) return;
    for (const told of this.shown) told.left_ms -= passed_ms;
    const left = this.shown.filter((told) => told.left_ms > 0);
    if (left.length !== this.shown.length) this.#show(left);
  }

  /** @param {number} id */
  dismiss(id) {
    this.#show(this.shown.filter((told) => told.id !== id));
  }

  /** What these were about is done with. @param {string} topic */
  withdraw(topic) {
    this.#show(this.shown.filter((told) => told.topic !== topic));
  }

  /** The list was opened. */
  read() {
    this.unread = 0;
    this.emit("change");
  }

  clear() {
    this.kept = [];
    this.read();
  }

  /** @param {readonly Told[]} shown */
  #show(shown) {
    this.shown = shown;
    if (!shown.length) {
      clearInterval(this.#ticking);
      this.#ticking = undefined;
      this.held = false;
    }
    this.emit("change");
  }
}
