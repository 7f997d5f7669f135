import { html, nothing } from "/static/vendor/lit/index.js";
import { t } from "../core/i18n.js";
import { heed } from "../core/keys.js";
import { playableTrack, playableUpload } from "../store/playable.js";
import { PageElement } from "../ui/element.js";
import { icon } from "../ui/icons.js";

/** @import { TrackRow, Upload } from "../core/types.js" */
/** @import { App } from "../store/app.js" */
/** @import { List } from "../store/playable.js" */
/** @typedef {Upload | ({ id: string } & Partial<TrackRow>)} Row */

/** Plays one row of a list; arrow keys let the rows beside it be heard in its place. */
class PlayButton extends PageElement {
  static properties = {
    app: { attribute: false },
    row: { attribute: false },
    list: { attribute: false },
    tab: { attribute: false },
  };

  constructor() {
    super();
    /** @type {App | undefined} */
    this.app = undefined;
    /** @type {Row | undefined} */
    this.row = undefined;
    /** The rows among which it stands; all tracks by default. @type {List | undefined} */
    this.list = undefined;
    /** @type {0 | -1} */
    this.tab = 0;
    this.shown = "";
  }

  attend() {
    const { app } = this;
    if (!app) return;
    this.own(
      app.playback.on("change", () => this.state !== this.shown && this.requestUpdate()),
      app.playback.on("focus", ({ key }) => this.follow(key)),
    );
  }

  get sound() {
    const { row } = this;
    return row && ("id" in row ? playableTrack(row) : playableUpload(row));
  }

  /** @returns {"playing" | "paused" | ""} empty for a sound that is not the current one */
  get state() {
    const { app, sound } = this;
    if (!app || app.playback.current?.key !== sound?.key) return "";
    return app.playback.playing ? "playing" : "paused";
  }

  /** The keyboard goes where the sound went, among buttons. @param {string} key */
  follow(key) {
    if (this.sound?.key === key && document.activeElement?.closest("play-button")) this.querySelector("button")?.focus();
  }

  act() {
    const { app, sound } = this;
    if (!app || !sound) return;
    if (this.state === "playing") app.playback.pause();
    else app.playback.play(sound, this.list ?? app.everything);
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    const { app, sound } = this;
    if (!app || !sound) return;
    const go = (/** @type {1 | -1} */ step) => void app.playback.audition(step, sound, this.list ?? app.everything);
    heed("result", event, { next: () => go(1), previous: () => go(-1) });
    if (event.defaultPrevented) event.stopPropagation();
  }

  render() {
    const { app, sound, state } = this;
    if (!app || !sound) return nothing;
    this.shown = state;
    const label = t(state === "playing" ? "ui.pause.of" : "ui.play.of", { title: sound.title });
    return html`
      <button
        class="icon-button round"
        type="button"
        data-testid="play-row"
        tabindex=${this.tab}
        data-state=${state}
        aria-label=${label}
        title=${label}
        @click=${this.act}
        @keydown=${this.key}
      >
        ${icon(state === "playing" ? "pause" : "play")}
      </button>
    `;
  }
}
customElements.define("play-button", PlayButton);
