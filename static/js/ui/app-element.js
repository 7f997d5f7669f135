import { PageElement } from "./element.js";

/** @import { PropertyDeclarations } from "/static/vendor/lit/index.js" */
/** @import { TrackRecord } from "../core/types.js" */
/** @import { App } from "../store/app.js" */

/** Gives the focus to what `next` finds if a change that is drawn now takes away what had it. @param {() => HTMLElement | null | undefined} next */
export async function refocus(next) {
  await new Promise(requestAnimationFrame);
  if (document.activeElement === document.body) next()?.focus();
}

/** A component that draws the page's state, and draws it again when that changes. */
export class AppElement extends PageElement {
  /** @type {PropertyDeclarations} */
  static properties = { app: { attribute: false } };

  constructor() {
    super();
    /** @type {App | undefined} */
    this.app = undefined;
  }

  attend() {
    if (this.app) this.own(this.app.on("change", () => this.requestUpdate()));
  }
}

/** A component of a track; it is drawn again when the card is. */
export class TrackElement extends PageElement {
  /** @type {PropertyDeclarations} */
  static properties = { app: { attribute: false }, record: { attribute: false } };

  constructor() {
    super();
    /** @type {App | undefined} */
    this.app = undefined;
    /** @type {TrackRecord | undefined} */
    this.record = undefined;
  }

  /** @param {() => HTMLElement | null | undefined} next */
  refocus(next) {
    return refocus(next);
  }
}
