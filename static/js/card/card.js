import { html, nothing } from "/static/vendor/lit/index.js";
import { t } from "../core/i18n.js";
import { matchOf } from "../desk/match/report.js";
import { bodyOf } from "../server/api.js";
import { sourceNotes } from "../store/source-note.js";
import { AppElement } from "../ui/app-element.js";
import { icon } from "../ui/icons.js";
import "../ui/track-cover.js";
import { actions } from "./actions.js";
import { followUps, midiLink, sections, summary } from "./details.js";
import { intentLines, saidLine, takenOver } from "./intent.js";
import { originLines } from "./origin.js";
import { peakNotes } from "./peak-notes.js";
import "../desk/match/panel.js";
import "../desk/mixer/panel.js";
import { moveTimeline } from "../sound/timeline-input.js";
import { Timeline } from "../sound/timeline.js";
import "../sound/player.js";
import "./analysis.js";
import "./artist-name.js";
import "./before-after.js";
import "./findings.js";
import "./piano-roll.js";
import "./spectrogram.js";
import "./track-title.js";

/** @import { StemMixer } from "../desk/mixer/panel.js" */
/** @import { TrackRecord } from "../core/types.js" */
/** @import { AudioPlayer } from "../sound/player.js" */
/** @import { App } from "../store/app.js" */
/** @import { Listening } from "../store/region.js" */

/** The one card: a track, its player, everything known about it. */
class TrackCard extends AppElement {
  static properties = {
    at_s: { state: true },
    listening: { state: true },
  };

  constructor() {
    super();
    this.at_s = 0;
    /** What all its pictures show of the track. */
    this.timeline = new Timeline();
    /** How the player is set; the mixer follows. @type {Listening} */
    this.listening = { region: null, loop: false, volume: 1 };
  }

  attend() {
    super.attend();
    this.own(moveTimeline(this, this.timeline));
    if (this.app) this.own(this.app.card.on("show", () => void this.showStems()));
  }

  async showStems() {
    await this.updateComplete;
    this.mixer?.scrollIntoView({ block: "nearest" });
  }

  /** A value on the card was changed, which is more than listening to it. @param {Event} event */
  edited(event) {
    const part = /** @type {Element} */ (event.target);
    if (!part.closest("audio-player, .transport, .sides")) this.app?.card.touch();
  }

  get player() {
    return /** @type {AudioPlayer | null} */ (this.querySelector("audio-player"));
  }

  get mixer() {
    return /** @type {StemMixer | null} */ (this.querySelector("stem-mixer"));
  }

  /** @param {number} seconds */
  seek(seconds) {
    this.player?.seek(seconds);
    this.mixer?.seek(seconds);
  }

  /** The desk of a drama comes with the first one. @param {App} app @param {TrackRecord} record */
  drama(app, record) {
    if (!customElements.get("drama-desk")) {
      import("../desk/drama/desk.js").then(() => this.requestUpdate(), (error) => app.complain(bodyOf(error)));
      return html`<p class="hint" role="status">${t("ui.loading")}</p>`;
    }
    return html`<drama-desk
      .app=${app}
      .record=${record}
      .timeline=${this.timeline}
      .at_s=${this.at_s}
      @seek=${(/** @type {CustomEvent<number>} */ event) => this.seek(event.detail)}
    ></drama-desk>`;
  }

  render() {
    const { app } = this;
    if (!app?.card.id) {
      return html`<div class="empty-card">
        ${icon("note")}
        <p>${t("ui.card.empty")}</p>
      </div>`;
    }
    const { record, peaks } = app.card;
    if (!record) return html`<p class="empty" role="status">${t("ui.loading")}</p>`;
    const own = app.owns(record);
    return html`
      <article class="card" data-testid="card" data-track-id=${record.id} aria-labelledby="card-title" @input=${this.edited} @change=${this.edited}>
        <header class="card-head">
          <track-cover class="card-cover" .row=${record}></track-cover>
          <track-title .app=${app} .record=${record}></track-title>
          ${record.prompt && record.prompt !== record.title ? html`<p class="card-prompt" dir="auto">${record.prompt}</p>` : nothing}
        </header>
        ${saidLine(record)}
        ${intentLines(record)}
        ${takenOver(record)}
        ${own ? originLines(app, record) : nothing}
        ${sourceNotes(record.source_note).map(
          (line) => html`<p class="track-note missed" data-testid="source-note" dir="auto">${line}</p>`,
        )}
        <ul class="meta">
          ${summary(app, record)}
        </ul>
        ${peakNotes(record).map((note) => html`<p class="track-note missed" data-testid="peak-note">${note}</p>`)}
        <audio-player
          .app=${app}
          .record=${record}
          .peaks=${peaks}
          .timeline=${this.timeline}
          @moment=${(/** @type {CustomEvent<number>} */ event) => (this.at_s = event.detail)}
          @listening=${(/** @type {CustomEvent<Listening>} */ event) => (this.listening = event.detail)}
        ></audio-player>
        ${own && record.project ? this.drama(app, record) : nothing}
        ${own ? html`<before-after .app=${app} .record=${record} .listening=${this.listening}></before-after>` : nothing}
        <track-findings .app=${app} .record=${record}></track-findings>
        ${actions(app, record)}
        <div class="extras"><artist-name .app=${app} .record=${record}></artist-name> ${midiLink(record)}</div>
        ${own ? followUps(app, record) : nothing}
        ${
          record.stems?.length
            ? html`<stem-mixer
                .app=${app}
                .record=${record}
                .listening=${this.listening}
                .timeline=${this.timeline}
                @moment=${(/** @type {CustomEvent<number>} */ event) => (this.at_s = event.detail)}
              ></stem-mixer>`
            : nothing
        }
        ${
          own && matchOf(record)
            ? html`<match-panel .app=${app} .record=${record} .listening=${this.listening}></match-panel>`
            : nothing
        }
        <div class="views" @seek=${(/** @type {CustomEvent<number>} */ event) => this.seek(event.detail)}>
          <analysis-view .record=${record} .timeline=${this.timeline} .at_s=${this.at_s}></analysis-view>
          <piano-roll .record=${record} .timeline=${this.timeline} .at_s=${this.at_s}></piano-roll>
          <spectrogram-view .record=${record} .timeline=${this.timeline} .at_s=${this.at_s}></spectrogram-view>
        </div>
        ${sections(app, record)}
      </article>
    `;
  }
}
customElements.define("track-card", TrackCard);
