import { Stored } from "../core/stored.js";

/** @import { TextStorage } from "../core/storage.js" */
/** @typedef {"settings" | "card" | "chat"} Pane whose width can be set: the chat's where the card is the desk */
/** @typedef {"settings" | "chat"} Folding what can be folded away */
/** @typedef {{ desk: boolean, widths: Partial<Record<Pane, number>>, folded: Record<"chat" | "desk", Folding[]> }} Kept */

export const KEY = "panes_v1";
/** From here on three panes have room beside each other, from the second on two, px. */
export const THREE = 1180;
export const TWO = 780;

/** @type {Record<Pane, number>} px */
export const USUAL = { settings: 312, card: 408, chat: 380 };
/** @type {Record<Pane, number>} px */
export const LEAST = { settings: 248, card: 336, chat: 332 };
/** What the pane that takes the rest keeps. */
const LEAST_REST = 400;

/** @param {number} value @param {number} low @param {number} high the lower limit wins */
const within = (value, low, high) => Math.max(low, Math.min(high, value));

/**
 * How the window is shared out. The chat takes what the other panes leave; on the desk it is the card that does. Kept
 * in the browser.
 */
export class Panes extends Stored {
  /** The card has the wide place. */
  desk = false;
  /** @type {Partial<Record<Pane, number>>} as the user wants them, px */
  #widths = {};
  /** @type {Record<"chat" | "desk", Folding[]>} */
  #folded = { chat: [], desk: ["settings"] };

  /** @param {TextStorage} storage */
  constructor(storage) {
    super(storage, KEY);
    this.reload();
  }

  /** Reads what is stored: at the start, and when another tab wrote. */
  reload() {
    const kept = /** @type {Partial<Kept>} */ (this.stored({}) ?? {});
    this.desk = kept.desk === true;
    this.#widths = {};
    for (const pane of /** @type {Pane[]} */ (Object.keys(USUAL))) {
      const width = kept.widths?.[pane];
      if (typeof width === "number" && Number.isFinite(width)) this.#widths[pane] = width;
    }
    for (const wide of /** @type {const} */ (["chat", "desk"])) {
      const folded = kept.folded?.[wide];
      if (Array.isArray(folded)) this.#folded[wide] = folded.filter((pane) => pane === "settings" || pane === "chat");
    }
    this.emit("change");
  }

  /** The pane beside the wide one. @returns {"card" | "chat"} */
  get beside() {
    return this.desk ? "chat" : "card";
  }

  /** @param {Folding} pane */
  isFolded(pane) {
    return this.#folded[this.desk ? "desk" : "chat"].includes(pane);
  }

  /** @param {Folding} pane @param {boolean} folded */
  fold(pane, folded) {
    const wide = this.desk ? "desk" : "chat";
    const others = this.#folded[wide].filter((other) => other !== pane);
    this.#folded[wide] = folded ? [...others, pane] : others;
    this.#keep();
  }

  /** @param {boolean} desk */
  setDesk(desk) {
    this.desk = desk;
    this.#keep();
  }

  /** @param {Pane} pane @param {number} width px */
  setWidth(pane, width) {
    this.#widths[pane] = Math.round(width);
    this.#keep();
  }

  /** @param {Pane} pane */
  reset(pane) {
    delete this.#widths[pane];
    this.#keep();
  }

  /**
   * How wide each pane is in a window; 0 for one that is folded away or has no place.
   *
   * @param {number} window_px
   * @returns {Record<Pane, number>}
   */
  fitted(window_px) {
    const { beside } = this;
    const other = beside === "card" ? "chat" : "card";
    const settings = window_px >= THREE && !this.isFolded("settings") ? LEAST.settings : 0;
    const side = beside === "chat" && this.isFolded("chat") ? 0 : this.#wanted(beside, window_px - settings);
    const free_px = window_px - side - LEAST_REST;
    return /** @type {Record<Pane, number>} */ ({
      settings: settings && within(this.#widths.settings ?? USUAL.settings, LEAST.settings, free_px),
      [beside]: side,
      [other]: 0,
    });
  }

  /** Up to where a pane can be drawn. @param {Pane} pane @param {number} window_px */
  most(pane, window_px) {
    const { settings, [this.beside]: side } = this.fitted(window_px);
    return Math.max(LEAST[pane], window_px - LEAST_REST - (pane === "settings" ? side : settings));
  }

  /** @param {Pane} pane @param {number} room_px */
  #wanted(pane, room_px) {
    return within(this.#widths[pane] ?? USUAL[pane], LEAST[pane], room_px - LEAST_REST);
  }

  #keep() {
    this.store({ desk: this.desk, widths: this.#widths, folded: this.#folded });
    this.emit("change");
  }
}
