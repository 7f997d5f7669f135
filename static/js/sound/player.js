import { html, nothing } from "/static/vendor/lit/index.js";
import { clock, t } from "../core/i18n.js";
import { heed } from "../core/keys.js";
import * as api from "../server/api.js";
import { playableTrack, trackId } from "../store/playable.js";
import { between, moved } from "../store/region.js";
import { TrackElement } from "../ui/app-element.js";
import { icon } from "../ui/icons.js";
import { fillSliders } from "../ui/sliders.js";
import { iconButton, markButton, speedChoice, volumeControl } from "./player-tools.js";
import { regionRow } from "./region-row.js";
import { Timeline } from "./timeline.js";
import { Waveform } from "./waveform.js";
import "./time-axis.js";

/** @import { Peaks, TrackRecord } from "../core/types.js" */
/** @import { Playback } from "../store/playback.js" */
/** @import { Region } from "../store/region.js" */

const STEP_S = 5;

/**
 * The card's view of what the page plays: the same sound from the same element as in lists and bar, with its waveform.
 * Where another track is heard, it takes over with the first touch. The waveform is drawn from the server's peaks.
 */
class AudioPlayer extends TrackElement {
  static properties = {
    ...TrackElement.properties,
    peaks: { attribute: false },
    timeline: { attribute: false },
    second: { state: true },
  };

  constructor() {
    super();
    /** @type {Peaks | null} */
    this.peaks = null;
    /** Whole second that is heard: the waveform shows the rest. */
    this.second = 0;
    /** Where a region is being drawn from, seconds. @type {number | null} */
    this.drawnFrom = null;
    /** What of the track is in view; the card's other pictures follow it. */
    this.timeline = new Timeline();
    /** @type {Waveform | null} */
    this.wave = null;
    this.frame = 0;
    /** Where the sound was when it was last looked at, seconds. */
    this.before_s = 0;
    this.shownId = "";
    this.told = "";
  }

  attend() {
    const { playback } = this;
    this.own(
      playback.on("change", () => this.requestUpdate()),
      playback.on("time", () => this.tick()),
      this.timeline.on("change", () => this.place()),
      () => this.quiet(),
    );
  }

  get playback() {
    return /** @type {Playback} */ (this.app?.playback);
  }

  get sound() {
    return playableTrack(/** @type {TrackRecord} */ (this.record));
  }

  /** The card's track is the one that the page plays. */
  get mine() {
    return this.record !== undefined && trackId(this.playback.current) === this.record.id;
  }

  get playing() {
    return this.mine && this.playback.playing;
  }

  get at_s() {
    return this.mine ? this.playback.at_s : 0;
  }

  get duration_s() {
    return this.record?.duration_s ?? 0;
  }

  get region() {
    return this.mine ? this.playback.region : null;
  }

  set region(region) {
    this.take();
    this.playback.setRegion(region);
  }

  /** The page plays this track from now on; it sounds where another did. */
  take() {
    if (!this.mine && this.app) this.playback.hold(this.sound, this.app.everything, 0);
  }

  /** Gives the waveform back. */
  quiet() {
    cancelAnimationFrame(this.frame);
    this.wave?.destroy();
    this.wave = null;
    this.shownId = "";
  }

  updated() {
    if (!this.isConnected) return; // what it began now, nobody would end
    fillSliders(this);
    const { region } = this;
    const { loop, volume } = this.playback;
    const told = JSON.stringify([region, loop, volume]);
    if (told !== this.told) {
      this.told = told;
      this.dispatchEvent(new CustomEvent("listening", { detail: { region, loop, volume } }));
    }
    if (this.record && this.record.id !== this.shownId) this.show(this.record);
    this.tick();
  }

  /** Moves what is drawn with the sound. */
  tick() {
    cancelAnimationFrame(this.frame);
    const { at_s, timeline, wave } = this;
    if (!wave) return;
    wave.at_s = at_s;
    timeline.follow(this.before_s, at_s);
    if (at_s !== this.before_s) this.dispatchEvent(new CustomEvent("moment", { detail: at_s }));
    this.before_s = at_s;
    this.second = Math.floor(at_s);
    this.place();
    if (this.playing) this.frame = requestAnimationFrame(() => this.tick());
  }

  /** Puts playhead and region where they lie in the view; the style sheet cannot know. */
  place() {
    const frame = /** @type {HTMLElement | null} */ (this.querySelector(".wave-frame"));
    if (!frame) return;
    const put = (/** @type {string} */ name, /** @type {number} */ at_s) =>
      frame.style.setProperty(name, `${100 * this.timeline.share(at_s)}%`);
    put("--played", this.at_s);
    put("--from", this.region?.from_s ?? 0);
    put("--to", this.region?.to_s ?? 0);
  }

  /** @param {TrackRecord} record */
  show(record) {
    this.quiet();
    this.shownId = record.id;
    this.timeline.reset(record.duration_s);
    const canvas = /** @type {HTMLCanvasElement} */ (this.querySelector(".wave canvas"));
    this.wave = new Waveform(canvas, this.timeline, {
      peaks: this.peaks,
      duration_s: record.duration_s,
      load: (from_s, to_s, points, signal) => api.peaks(record.id, { from_s, to_s, points }, signal),
    });
  }

  toggle() {
    if (this.mine) this.playback.toggle();
    else if (this.app) this.playback.play(this.sound, this.app.everything, 0);
  }

  /** @param {1 | -1} step */
  turn(step) {
    if (this.mine) void this.playback.step(step);
    else void this.app?.turn(step);
  }

  /** @param {number} seconds */
  seek(seconds) {
    this.take();
    this.playback.seek(seconds);
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    heed("player", event, {
      play: () => this.toggle(),
      back: () => this.seek(this.at_s - STEP_S),
      on: () => this.seek(this.at_s + STEP_S),
      start: () => this.seek(0),
      end: () => this.seek(this.duration_s),
      from: () => this.mark("from_s"),
      to: () => this.mark("to_s"),
    });
  }

  /**
   * One end of the region comes to where the sound is; the other is there already, or at the track's own end.
   *
   * @param {"from_s" | "to_s"} end
   */
  mark(end) {
    const { at_s, region, duration_s } = this;
    if (region) this.region = moved(region, end, at_s, duration_s);
    else this.region = end === "from_s" ? between(at_s, duration_s, duration_s) : between(0, at_s, duration_s);
  }

  /** @param {PointerEvent} event @returns {number} the moment under the pointer, seconds */
  momentAt(event) {
    const wave = /** @type {HTMLElement} */ (this.querySelector(".wave")).getBoundingClientRect();
    return this.timeline.moment(Math.min(1, Math.max(0, (event.clientX - wave.left) / wave.width)));
  }

  /** The pointer goes to a moment; with Shift it draws a region. @param {PointerEvent} event */
  draw(event) {
    if (event.type === "pointerdown" && event.shiftKey && event.button === 0) {
      this.drawnFrom = this.momentAt(event);
      this.region = null;
      /** @type {HTMLElement} */ (event.currentTarget).setPointerCapture(event.pointerId);
    } else if (this.drawnFrom === null) {
      const drags = event.pointerType === "mouse" && event.buttons === 1 && event.type === "pointermove";
      if (drags) this.seek(this.momentAt(event));
      return;
    } else if (event.type === "pointermove") this.region = between(this.drawnFrom, this.momentAt(event), this.duration_s);
    else {
      this.drawnFrom = null;
      if (this.region) this.seek(this.region.from_s);
    }
    event.preventDefault();
    event.stopPropagation();
  }

  /** @param {"previous" | "next"} side */
  stepLabel(side) {
    const beside = this.mine ? this.playback[side] : null;
    return beside ? t(`ui.bar.${side}`, { title: beside.title }) : t(`ui.player.${side}`);
  }

  render() {
    const { playback, playing, region } = this;
    const at = clock(this.mine ? this.second : 0);
    const whole = clock(this.duration_s);
    const playLabel = t(playing ? "ui.player.pause" : "ui.player.play");
    return html`
      <div class="player" role="group" aria-label=${t("ui.player")} data-playing=${playing}>
        <time-axis
          .record=${this.record}
          .timeline=${this.timeline}
          @seek=${(/** @type {CustomEvent<number>} */ event) => this.seek(event.detail)}
        ></time-axis>
        <div
          class="wave-frame"
          data-time
          @pointerdown=${{ handleEvent: (/** @type {PointerEvent} */ event) => this.draw(event), capture: true }}
          @pointermove=${this.draw}
          @pointerup=${this.draw}
          @pointercancel=${this.draw}
          @click=${(/** @type {PointerEvent} */ event) => event.shiftKey || this.seek(this.momentAt(event))}
        >
        <div
          class="wave"
          data-testid="wave"
          role="slider"
          tabindex="0"
          aria-label=${t("ui.player.seek")}
          aria-valuemin="0"
          aria-valuemax=${Math.round(this.duration_s)}
          aria-valuenow=${Math.round(this.at_s)}
          aria-valuetext=${t("ui.player.position", { at, whole })}
          @keydown=${this.key}
        ><canvas aria-hidden="true"></canvas></div>
        <span class="playhead" aria-hidden="true"></span>
        ${region ? html`<span class="region" aria-hidden="true"></span>` : nothing}
        </div>
        <div class="player-row">
          ${iconButton("previous", "previous", this.stepLabel("previous"), () => this.turn(-1))}
          <button class="play" data-testid="play" aria-label=${playLabel} title=${playLabel} @click=${this.toggle}>
            ${icon(playing ? "pause" : "play")}
          </button>
          ${iconButton("next", "next", this.stepLabel("next"), () => this.turn(1))}
          <span class="time"><span data-testid="time">${at}</span> / ${whole}</span>
          <a
            class="icon-button"
            data-testid="download"
            href=${this.record?.download_url ?? "#"}
            download=${this.record?.file ?? ""}
            aria-label=${t("ui.player.download")}
            title=${t("ui.player.download")}
          >
            ${icon("download")}
          </a>
        </div>
        <div class="player-row player-tools">
          ${iconButton("loop", "loop", t("ui.player.loop"), () => playback.setLoop(!playback.loop), playback.loop)}
          ${markButton("A", t("ui.player.region.mark_from"), () => this.mark("from_s"))}
          ${markButton("B", t("ui.player.region.mark_to"), () => this.mark("to_s"))}
          ${speedChoice(playback.speed, (speed) => playback.setSpeed(speed))}
          ${volumeControl(playback.volume, () => playback.mute(), (volume) => playback.setVolume(volume))}
        </div>
        ${
          region
            ? regionRow(region, this.duration_s, (/** @type {Region | null} */ wanted) => (this.region = wanted))
            : nothing
        }
        ${this.mine && playback.broken ? html`<p class="player-error" role="alert">${t("ui.player.broken")}</p>` : ""}
      </div>
    `;
  }
}
customElements.define("audio-player", AudioPlayer);
export { AudioPlayer };
