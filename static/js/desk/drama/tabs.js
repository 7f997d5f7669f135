import { html } from "/static/vendor/lit/index.js";
import { t } from "../../core/i18n.js";
import { PageElement } from "../../ui/element.js";

export const TABS = /** @type {const} */ (["script", "cast", "levels"]);
/** @typedef {(typeof TABS)[number]} Tab */

/** The parts of the desk, one of which is shown. It says `tab` with the one that was chosen. */
class DramaTabs extends PageElement {
  static properties = { tab: { attribute: false } };

  constructor() {
    super();
    /** @type {Tab} */
    this.tab = "script";
  }

  /** @param {Tab} tab */
  say(tab) {
    this.dispatchEvent(new CustomEvent("tab", { detail: tab }));
  }

  /** @param {KeyboardEvent} event @param {number} at */
  key(event, at) {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    const next = by && TABS[(at + by + TABS.length) % TABS.length];
    if (!next) return;
    event.preventDefault();
    this.say(next);
    /** @type {HTMLElement | null} */ (this.querySelector(`[data-tab=${next}]`))?.focus();
  }

  render() {
    return html`
      <div class="drama-tabs" role="tablist" aria-label=${t("ui.drama")}>
        ${TABS.map(
          (tab, at) => html`
            <button
              role="tab"
              id="drama-tab-${tab}"
              data-tab=${tab}
              data-testid="tab-${tab}"
              aria-selected=${this.tab === tab}
              aria-controls="drama-part"
              tabindex=${this.tab === tab ? 0 : -1}
              @click=${() => this.say(tab)}
              @keydown=${(/** @type {KeyboardEvent} */ event) => this.key(event, at)}
            >
              ${t(`ui.drama.${tab}`)}
            </button>
          `,
        )}
      </div>
    `;
  }
}
customElements.define("drama-tabs", DramaTabs);
