import { html, nothing } from "/static/vendor/lit/index.js";
import { t } from "../core/i18n.js";
import { KEYS } from "../core/keys.js";
import { PageElement } from "./element.js";
import { icon } from "./icons.js";

/** What is written on a key. @param {string} key */
function written(key) {
  if (key === " ") return t("ui.key.space");
  return key.replace("Arrow", "").replace(/Left|Right|Up|Down/, (way) => ({ Left: "←", Right: "→", Up: "↑", Down: "↓" })[way] ?? way);
}

/** A row of digits is told by its ends. @param {readonly string[]} keys */
const ends = (keys) => (keys.length > 4 ? [keys[0] ?? "", keys.at(-1) ?? ""] : keys);

/** Every key of the page, by the place where it works. */
class KeysDialog extends PageElement {
  static properties = { opened: { state: true } };

  constructor() {
    super();
    this.opened = false;
  }

  async show() {
    this.opened = true;
    await this.updateComplete;
    this.querySelector("dialog")?.showModal();
  }

  /** @param {string} place @param {Readonly<Record<string, readonly string[]>>} acts */
  place(place, acts) {
    return html`
      <section>
        <h3>${t(`ui.keys.${place}`)}</h3>
        <dl>
          ${Object.entries(acts).map(
            ([act, keys]) => html`
              <div>
                <dt>
                  ${ends(keys).map(
                    (key, at) => html`${at && keys.length > 4 ? "…" : nothing}<kbd>${written(key)}</kbd>`,
                  )}
                </dt>
                <dd>${t(`ui.keys.${place}.${act}`)}</dd>
              </div>
            `,
          )}
        </dl>
      </section>
    `;
  }

  render() {
    return html`
      <dialog
        class="dialog keys"
        aria-labelledby="keys-title"
        data-testid="keys"
        @close=${() => (this.opened = false)}
        @click=${(/** @type {Event} */ event) =>
          event.target === event.currentTarget && /** @type {HTMLDialogElement} */ (event.currentTarget).close()}
      >
        ${
          this.opened
            ? html`
                <form method="dialog" class="keys-head">
                  <h2 id="keys-title">${t("ui.keys")}</h2>
                  <button class="icon-button" aria-label=${t("ui.close")} autofocus>${icon("close")}</button>
                </form>
                <div class="keys-places">${Object.entries(KEYS).map(([place, acts]) => this.place(place, acts))}</div>
              `
            : nothing
        }
      </dialog>
    `;
  }
}
customElements.define("keys-dialog", KeysDialog);
export { KeysDialog };
