import { live } from "/static/vendor/lit/directives/live.js";
import { html, nothing } from "/static/vendor/lit/index.js";
import { i18n, t } from "../../core/i18n.js";
import { bodyOf } from "../../server/api.js";
import { AppElement } from "../../ui/app-element.js";
import { icon } from "../../ui/icons.js";
import { held } from "./fields.js";
import { named } from "./labels.js";
import * as server from "./server.js";
import { hearSound } from "./sounds.js";

/** @import { App } from "../../store/app.js" */
/** @import { Sound } from "./server.js" */

const WAIT_MS = 200;
const MOST = 60;

/** A sound to be found by word, heard and taken. It says `sound` with the one that was taken. */
class SoundSearch extends AppElement {
  static properties = {
    ...AppElement.properties,
    kind: { attribute: false },
    used: { attribute: false },
    clip: { attribute: false },
    found: { state: true },
  };

  constructor() {
    super();
    /** @type {"ambience" | "effect"} */
    this.kind = "effect";
    /** Id of the sound that is there now. */
    this.used = "";
    /** Id of the clip that it is for: another one has other words. */
    this.clip = "";
    /** @type {readonly Sound[] | null} */
    this.found = null;
    this.words = "";
    this.timer = 0;
    /** @type {AbortController | null} */
    this.asking = null;
  }

  attend() {
    super.attend();
    if (this.app) this.own(this.app.playback.on("change", () => this.requestUpdate()));
    this.own(i18n.on("change", () => void this.ask()));
    this.own(() => this.asking?.abort(), () => clearTimeout(this.timer));
  }

  /** @param {Map<string, unknown>} changed */
  willUpdate(changed) {
    const stale = changed.has("clip") && this.words !== "";
    if (stale) this.words = "";
    if (stale || changed.has("kind")) void this.ask();
  }

  /** @param {string} words */
  typed(words) {
    this.words = words;
    clearTimeout(this.timer);
    this.timer = window.setTimeout(() => void this.ask(), WAIT_MS);
  }

  async ask() {
    this.asking?.abort();
    const asking = (this.asking = new AbortController());
    try {
      const { sounds } = await server.sounds({ q: this.words.trim(), kind: this.kind }, asking.signal);
      if (this.asking === asking) this.found = sounds;
    } catch (error) {
      if (this.asking === asking && !asking.signal.aborted) this.app?.complain(bodyOf(error));
    }
  }

  /** @param {App} app @param {Sound} sound */
  row(app, sound) {
    const { id, title, tags, credit, licence, installed } = sound;
    const name = title || named("tag", tags[0] ?? id);
    const heard = app.playback.playing && app.playback.current?.key.includes(`id=${encodeURIComponent(id)}&`);
    const about = [licence, credit, installed ? "" : t("ui.drama.voice.fetch.unknown")].filter(Boolean).join(" · ");
    return html`
      <li class="found-sound" data-testid="found-sound">
        <button
          class="icon-button"
          data-testid="sound-hear"
          aria-label=${t("ui.drama.clip.hear", { name })}
          title=${t("ui.drama.clip.hear", { name })}
          @click=${() => hearSound(app, { sound: id, seed: 0, parameters: {} }, name)}
        >
          ${icon(heard ? "pause" : "play")}
        </button>
        <button
          class="found-take"
          data-testid="sound-take"
          aria-pressed=${id === this.used}
          title=${t("ui.drama.clip.take", { name })}
          @click=${() => this.dispatchEvent(new CustomEvent("sound", { detail: sound }))}
        >
          <span dir="auto">${name}</span>
          ${about ? html`<span class="hint">${about}</span>` : nothing}
        </button>
      </li>
    `;
  }

  render() {
    const { app, found } = this;
    if (!app) return nothing;
    return html`
      <label class="drama-field wide">
        <span>${t("ui.drama.clip.search")}</span>
        <input
          class="text"
          type="search"
          dir="auto"
          maxlength="100"
          data-testid="sound-search"
          placeholder=${t("ui.drama.clip.search.hint")}
          .value=${live(this.words)}
          @input=${(/** @type {Event} */ event) => this.typed(held(event))}
        />
      </label>
      ${
        found?.length
          ? html`<ul class="found-sounds">${found.slice(0, MOST).map((sound) => this.row(app, sound))}</ul>`
          : found
            ? html`<p class="hint" role="status">${t("ui.drama.clip.found.none")}</p>`
            : nothing
      }
    `;
  }
}
customElements.define("sound-search", SoundSearch);
