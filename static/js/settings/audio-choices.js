import { repeat } from "/static/vendor/lit/directives/repeat.js";
import { html, nothing } from "/static/vendor/lit/index.js";
import { clock, t } from "../core/i18n.js";
import { listOf, playableTrack, playableUpload } from "../store/playable.js";
import { PageElement } from "../ui/element.js";
import { titleText } from "../ui/title-text.js";

/** @import { TrackRow, Upload } from "../core/types.js" */
/** @import { Playable } from "../store/playable.js" */
/** @import { Setting } from "./field-frame.js" */

const OFFERED = 50;

/** What may be chosen for an audio field, to be listened to first: the user's files, then the newest tracks. */
class AudioChoices extends PageElement {
  static properties = { setting: { attribute: false }, opened: { state: true } };

  constructor() {
    super();
    /** @type {Setting | undefined} */
    this.setting = undefined;
    this.opened = false;
  }

  attend() {
    if (this.setting) this.own(this.setting.app.on("change", () => this.opened && this.requestUpdate()));
  }

  /** @returns {{ row: Upload | TrackRow, sound: Playable }[]} */
  get choices() {
    const { uploads, tracks } = /** @type {Setting} */ (this.setting).app;
    return [
      ...uploads.sounds.slice(0, OFFERED).map((row) => ({ row, sound: playableUpload(row) })),
      ...tracks.rows.slice(0, OFFERED).map((row) => ({ row, sound: playableTrack(row) })),
    ];
  }

  list = listOf("choices", () => this.choices.map(({ sound }) => sound));

  rows() {
    const { app, value, set } = /** @type {Setting} */ (this.setting);
    return html`
      <ul class="choices-list" data-testid="choices">
        ${repeat(
          this.choices,
          ({ sound }) => sound.key,
          ({ row, sound }) => html`
            <li class="choices-row" data-chosen=${sound.key === value}>
              <play-button .app=${app} .row=${row} .list=${this.list}></play-button>
              <button
                class="choices-name"
                type="button"
                data-testid="choice"
                aria-pressed=${sound.key === value}
                @click=${() => set(sound.key)}
              >
                <span class="audio-name" dir="auto">${titleText(sound.title)}</span>
                <span class="hint">${clock(sound.duration_s)}</span>
              </button>
              <track-wave .app=${app} .row=${row} .list=${this.list}></track-wave>
            </li>
          `,
        )}
      </ul>
    `;
  }

  render() {
    if (!this.setting || !this.choices.length) return nothing;
    return html`
      <details
        class="choices-of"
        data-testid="choices-of"
        @toggle=${(/** @type {Event} */ event) => (this.opened = /** @type {HTMLDetailsElement} */ (event.target).open)}
      >
        <summary>${t("ui.audio.listen")}</summary>
        ${this.opened ? this.rows() : nothing}
      </details>
    `;
  }
}
customElements.define("audio-choices", AudioChoices);
