import { html, nothing } from "/static/vendor/lit/index.js";
import { t } from "../../core/i18n.js";
import * as api from "../../server/api.js";
import { TrackElement } from "../../ui/app-element.js";
import { save } from "../../ui/files.js";
import { icon } from "../../ui/icons.js";

/** @import { Style } from "./style.js" */

const FORMS = /** @type {const} */ (["json", "ir_wav", "equalizer_apo", "camilladsp", "vstpreset", "zip"]);

/** A style and what was measured, taken away as files. */
class MatchExport extends TrackElement {
  static properties = {
    styled: { attribute: false },
    form: { state: true },
  };

  constructor() {
    super();
    /** @type {Style | undefined} */
    this.styled = undefined;
    this.form = "json";
  }

  async export() {
    const { record, styled: style } = this;
    if (!record || !style) return;
    const rate_hz = Number(record.parameters.sample_rate ?? 48_000);
    try {
      const file = await api.matchExport({ style, form: this.form, rate_hz, name: record.title });
      save(file.name, file.content.type, file.content);
    } catch (error) {
      this.app?.complain(api.bodyOf(error));
    }
  }

  render() {
    const { record } = this;
    if (!record) return nothing;
    return html`
      <div class="match-actions" role="group" aria-label=${t("ui.match.export")}>
        <select
          class="select"
          data-testid="match-form"
          aria-label=${t("ui.match.form")}
          @change=${(/** @type {Event} */ event) => (this.form = /** @type {HTMLSelectElement} */ (event.target).value)}
        >
          ${FORMS.map((form) => html`<option value=${form} ?selected=${form === this.form}>${t(`ui.match.form.${form}`)}</option>`)}
        </select>
        <button class="button small" data-testid="match-export" @click=${() => void this.export()}>
          ${icon("download")} ${t("ui.match.export")}
        </button>
        <a class="button small quiet" data-testid="match-data" href=${api.matchUrl(record.id)} download="${record.title}.match.json">
          ${icon("download")} ${t("ui.match.data")}
        </a>
      </div>
    `;
  }
}
customElements.define("match-export", MatchExport);
