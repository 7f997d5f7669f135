import { LitElement } from "/static/vendor/lit/index.js";
import { i18n } from "../core/i18n.js";

/**
 * A component of the page: drawn into the page's own tree, so that one style sheet serves all, and drawn again when
 * the language changes. What it listens to ends when it leaves the page.
 */
export class PageElement extends LitElement {
  /** @type {(() => void)[]} */
  #ends = [];

  createRenderRoot() {
    return this;
  }

  connectedCallback() {
    super.connectedCallback();
    this.own(i18n.on("change", () => this.requestUpdate()));
    this.attend();
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    for (const end of this.#ends.splice(0)) end();
  }

  /** Where a component starts to listen; called each time it enters the page. */
  attend() {}

  /** @param {...() => void} ends called when the component leaves the page */
  own(...ends) {
    this.#ends.push(...ends);
  }

  /**
   * @param {EventTarget} target
   * @param {string} name
   * @param {(event: any) => void} listener
   */
  listen(target, name, listener) {
    target.addEventListener(name, listener);
    this.own(() => target.removeEventListener(name, listener));
  }
}
