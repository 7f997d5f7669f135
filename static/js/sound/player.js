import { html, nothing } from "/static/vendor/lit/index.js";
import { clock, t } from "../core/i18n.js";
import { heed } from "../core/keys.js";
import { playableTrack, trackId } from "../store/playable.js";
import { between, moved } from "../store/region.js";
import { TrackElement } from "../ui/app-element.js";
import { icon } from "../ui/icons.js";
import { fillSliders } from "../ui/sliders.js";
import { theme } from "../ui/theme.js";
import { iconButton, markButton, speedChoice, volumeControl } from "./player-tools.js";
import { regionRow } from "./region-row.js";
import { TrackMedia } from "./track-media.js";
import { drawWaveform, waveColours } from "./waveform.js";

/** @import { Peaks, TrackRecord } from "../core/types.js" */
/** @import { Playback } from "../store/playback.js" */
/** @import { Region } from "../store/region.js" */

const STEP_S = 5;

/**
 * The card's view of what the page plays: the same sound from the same element as in lists and bar, with its waveform.
 * Where another track is heard, it takes over with the first touch. The waveform is drawn from the server's peaks.
 */
class AudioPlayer extends TrackElement {
  static properties = { peaks: { attribute: false }, second: { state: true } };

  constructor() {
    super();
    /** @type {Peaks | null} */
    this.peaks = null;
    /** Whole second that is heard: the waveform shows the rest. */
    this.second = 0;
    /** Where a region is being drawn from, seconds. @type {number | null} */
    this.drawnFrom = null;
    /** @type {ReturnType<typeof drawWaveform> | null} */
    this.wave = null;
    this.shownId = "";
    this.told = "";
  }

  attend() {
    const { playback } = this;
    this.own(
      theme.on("change", () => requestAnimationFrame(() => this.wave?.setOptions(waveColours(this)))),
      playback.on("change", () => this.requestUpdate()),
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
    this.wave?.destroy();
    this.wave = null;
    this.shownId = "";
  }

  updated() {
    fillSliders(this);
    const { region } = this;
    const { loop, volume } = this.playback;
    const told = JSON.stringify([region, loop, volume]);
    if (told !== this.told) {
      this.told = told;
      this.dispatchEvent(new CustomEvent("listening", { detail: { region, loop, volume } }));
    }
    const overlay = /** @type {HTMLElement | null} */ (this.querySelector(".region"));
    if (overlay && region) {
      overlay.style.setProperty("--from", `${(100 * region.from_s) / this.duration_s}%`);
      overlay.style.setProperty("--to", `${(100 * region.to_s) / this.duration_s}%`);
    }
    if (this.record && this.record.id !== this.shownId) this.show(this.record);
  }

  /** @param {TrackRecord} record */
  show(record) {
    this.quiet();
    this.shownId = record.id;
    const container = /** @type {HTMLElement} */ (this.querySelector(".wave"));
    const media = new TrackMedia(this.playback, record, (seconds) => this.seek(seconds));
    const wave = drawWaveform(container, media, record, this.peaks);
    wave.on("timeupdate", (seconds) => {
      this.second = Math.floor(seconds);
      this.dispatchEvent(new CustomEvent("moment", { detail: seconds }));
    });
    wave.on("destroy", () => media.end());
    this.wave = wave;
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
    return (this.duration_s * Math.min(wave.width, Math.max(0, event.clientX - wave.left))) / wave.width;
  }

  /** Shift and the pointer draw a region; the waveform itself must not seek then. @param {PointerEvent} event */
  draw(event) {
    if (event.type === "pointerdown" && event.shiftKey && event.button === 0) {
      this.drawnFrom = this.momentAt(event);
      this.region = null;
      /** @type {HTMLElement} */ (event.currentTarget).setPointerCapture(event.pointerId);
    } else if (this.drawnFrom === null) return;
    else if (event.type === "pointermove") this.region = between(this.drawnFrom, this.momentAt(event), this.duration_s);
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
        <div
          class="wave-frame"
          @pointerdown=${{ handleEvent: (/** @type {PointerEvent} */ event) => this.draw(event), capture: true }}
          @pointermove=${this.draw}
          @pointerup=${this.draw}
          @pointercancel=${this.draw}
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
        ></div>
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
