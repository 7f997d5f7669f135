import { html, nothing } from "/static/vendor/lit/index.js";
import { clock, t } from "../core/i18n.js";
import * as api from "../server/api.js";
import { PREVIEW } from "../server/schema.js";
import { PageElement } from "../ui/element.js";
import { icon } from "../ui/icons.js";
import { fillSliders } from "../ui/sliders.js";

/** @import { CommandInfo } from "../core/types.js" */
/** @import { App } from "../store/app.js" */

const PREVIEW_S = 5;

/** A few seconds of any spot before the long run, for commands that know how. */
class PreviewRow extends PageElement {
  static properties = {
    app: { attribute: false },
    command: { attribute: false },
    source: { attribute: false },
    duration_s: { state: true },
    at_s: { state: true },
  };

  constructor() {
    super();
    /** @type {App | undefined} */
    this.app = undefined;
    /** @type {CommandInfo | undefined} */
    this.command = undefined;
    /** Key of the sound that is chosen. */
    this.source = "";
    this.duration_s = 0;
    this.at_s = 0;
    this.known = "";
  }

  willUpdate() {
    if (this.source === this.known) return;
    this.known = this.source;
    this.duration_s = this.at_s = 0;
    if (this.source) void this.look(this.source);
  }

  updated() {
    fillSliders(this);
  }

  /** @param {string} key */
  async look(key) {
    const sound = await api.sound(key).catch(() => null); // the field above says that it has gone
    if (sound && this.known === key) this.duration_s = sound.samples / sound.rate_hz;
  }

  /** @param {App} app @param {CommandInfo} command */
  ask(app, command) {
    const at_s = Math.round(this.at_s * 10) / 10;
    const params = { ...app.settings.values(command), [PREVIEW]: at_s };
    void app.requests.submit({ name: command.name, params, shown: t("ui.preview.shown", { command: command.name, at: clock(at_s) }) });
  }

  render() {
    const { app, command } = this;
    if (!app || !command || !this.duration_s) return nothing;
    const last_s = Math.max(0, this.duration_s - PREVIEW_S);
    return html`
      <div class="field preview-row" role="group" aria-label=${t("ui.preview")}>
        <label for="preview-at">${t("ui.preview.at")} <output>${clock(this.at_s)}</output></label>
        <div class="audio-row">
          <input
            id="preview-at"
            class="slider"
            type="range"
            min="0"
            max=${last_s}
            step="0.1"
            data-testid="preview-at"
            aria-valuetext=${clock(this.at_s)}
            .value=${String(this.at_s)}
            @input=${(/** @type {Event} */ event) => (this.at_s = Number(/** @type {HTMLInputElement} */ (event.target).value))}
          />
          <button
            class="button small"
            type="button"
            data-testid="preview"
            ?disabled=${!app.ready}
            @click=${() => this.ask(app, command)}
          >
            ${icon("play")} ${t("ui.preview.ask")}
          </button>
        </div>
      </div>
    `;
  }
}
customElements.define("preview-row", PreviewRow);
