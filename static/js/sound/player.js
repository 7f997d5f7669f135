import { html, nothing } from "/static/vendor/lit/index.js";
import { clock, t } from "../core/i18n.js";
import { read, write } from "../core/storage.js";
import { TrackElement } from "../ui/app-element.js";
import { icon } from "../ui/icons.js";
import { fillSliders } from "../ui/sliders.js";
import { theme } from "../ui/theme.js";
import { setMediaKeys, showInMediaSession } from "./media-session.js";
import { iconButton, markButton, speedChoice, volumeControl } from "./player-tools.js";
import { regionRow } from "./region-row.js";
import { between, keepInside, moved } from "./region.js";
import { drawWaveform, waveColours } from "./waveform.js";

/** @import { Peaks, TrackRecord } from "../core/types.js" */
/** @import { Region } from "./region.js" */

const STEP_S = 5;
const VOLUME_KEY = "volume_v1";

/** Plays the card's track. The waveform is drawn from the server's peaks: the browser decodes nothing for it. */
class AudioPlayer extends TrackElement {
  static properties = {
    peaks: { attribute: false },
    playing: { state: true },
    at_s: { state: true },
    loop: { state: true },
    volume: { state: true },
    broken: { state: true },
    region: { state: true },
    speed: { state: true },
  };

  constructor() {
    super();
    /** @type {Peaks | null} */
    this.peaks = null;
    this.playing = false;
    this.at_s = 0;
    this.loop = false;
    this.broken = false;
    /** @type {Region | null} */
    this.region = null;
    this.speed = 1;
    /** Volume to come back to after silence. */
    this.louder = 1;
    /** Where a region is being drawn from, seconds. @type {number | null} */
    this.drawnFrom = null;
    this.volume = Number(read(localStorage, VOLUME_KEY, 1));
    /** @type {ReturnType<typeof drawWaveform> | null} */
    this.wave = null;
    this.shownId = "";
  }

  attend() {
    this.own(theme.on("change", () => requestAnimationFrame(() => this.recolour())));
  }

  firstUpdated() {
    this.keepInside();
  }

  connectedCallback() {
    super.connectedCallback();
    if (this.hasUpdated) this.keepInside();
  }

  keepInside() {
    this.own(keepInside(this.audio, () => this.region));
  }

  recolour() {
    this.wave?.setOptions(waveColours(this));
  }

  get audio() {
    return /** @type {HTMLAudioElement} */ (this.querySelector("audio"));
  }

  get duration_s() {
    return this.record?.duration_s ?? 0;
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    this.quiet();
  }

  /** Stops the sound and gives the waveform back. */
  quiet() {
    this.wave?.destroy();
    this.wave = null;
    this.shownId = "";
    this.audio?.pause();
    setMediaKeys({ previoustrack: null, nexttrack: null });
    this.playing = false;
    this.app?.setPlaying(false, "player");
  }

  /** @param {Map<string, unknown>} changed */
  updated(changed) {
    fillSliders(this);
    if (changed.has("region") || changed.has("loop") || changed.has("volume")) {
      const { region, loop, volume } = this;
      this.dispatchEvent(new CustomEvent("listening", { detail: { region, loop, volume } }));
    }
    if (this.audio) {
      this.audio.loop = this.loop && !this.region;
      this.audio.volume = this.volume;
      if (this.audio.playbackRate !== this.speed) this.audio.playbackRate = this.speed;
    }
    const overlay = /** @type {HTMLElement | null} */ (this.querySelector(".region"));
    if (overlay && this.region) {
      overlay.style.setProperty("--from", `${(100 * this.region.from_s) / this.duration_s}%`);
      overlay.style.setProperty("--to", `${(100 * this.region.to_s) / this.duration_s}%`);
    }
    if (this.record && this.record.id !== this.shownId) this.show(this.record);
  }

  /** @param {TrackRecord} record */
  show(record) {
    this.quiet();
    this.shownId = record.id;
    this.at_s = 0;
    this.broken = false;
    this.region = null;
    const container = /** @type {HTMLElement} */ (this.querySelector(".wave"));
    this.wave = drawWaveform(container, this.audio, record, this.peaks);
    this.wave.on("timeupdate", (seconds) => {
      this.at_s = seconds;
      this.dispatchEvent(new CustomEvent("moment", { detail: seconds }));
    });
    this.wave.on("error", () => (this.broken = true));
  }

  /** @param {boolean} playing */
  changed(playing) {
    this.playing = playing;
    this.app?.setPlaying(playing, "player");
    if (!playing || !this.record) return;
    showInMediaSession(this.record);
    setMediaKeys({ previoustrack: () => void this.app?.turn(-1), nexttrack: () => void this.app?.turn(1) });
  }

  toggle() {
    if (!this.audio.paused) return this.audio.pause();
    this.audio.play().catch((error) => {
      if (error.name !== "AbortError") this.broken = true;
    });
  }

  /** @param {number} seconds */
  seek(seconds) {
    this.wave?.setTime(Math.min(this.duration_s, Math.max(0, seconds)));
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    /** @type {Record<string, () => void>} */
    const keys = {
      ArrowLeft: () => this.seek(this.at_s - STEP_S),
      ArrowDown: () => this.seek(this.at_s - STEP_S),
      ArrowRight: () => this.seek(this.at_s + STEP_S),
      ArrowUp: () => this.seek(this.at_s + STEP_S),
      a: () => this.mark("from_s"),
      b: () => this.mark("to_s"),
      Home: () => this.seek(0),
      End: () => this.seek(this.duration_s),
      " ": () => this.toggle(),
      Enter: () => this.toggle(),
    };
    const act = keys[event.key];
    if (!act || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    act();
  }

  /**
   * One end of the region comes to where the sound is; the other is there already, or at the track's own end.
   *
   * @param {"from_s" | "to_s"} end
   */
  mark(end) {
    const at_s = this.audio.currentTime;
    if (this.region) this.region = moved(this.region, end, at_s, this.duration_s);
    else this.region = end === "from_s" ? between(at_s, this.duration_s, this.duration_s) : between(0, at_s, this.duration_s);
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

  mute() {
    if (this.volume > 0) this.louder = this.volume;
    this.setVolume(this.volume > 0 ? 0 : this.louder);
  }

  /** @param {number} volume 0..1 */
  setVolume(volume) {
    this.volume = volume;
    write(localStorage, VOLUME_KEY, volume);
  }

  render() {
    const at = clock(this.at_s);
    const whole = clock(this.duration_s);
    const playLabel = t(this.playing ? "ui.player.pause" : "ui.player.play");
    return html`
      <div class="player" role="group" aria-label=${t("ui.player")} data-playing=${this.playing}>
        <audio
          preload="metadata"
          @play=${() => this.changed(true)}
          @pause=${() => this.changed(false)}
          @ended=${() => this.changed(false)}
        ></audio>
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
        ${this.region ? html`<span class="region" aria-hidden="true"></span>` : nothing}
        </div>
        <div class="player-row">
          ${iconButton("previous", "previous", t("ui.player.previous"), () => this.app?.turn(-1))}
          <button class="play" data-testid="play" aria-label=${playLabel} title=${playLabel} @click=${this.toggle}>
            ${icon(this.playing ? "pause" : "play")}
          </button>
          ${iconButton("next", "next", t("ui.player.next"), () => this.app?.turn(1))}
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
          ${iconButton("loop", "loop", t("ui.player.loop"), () => (this.loop = !this.loop), this.loop)}
          ${markButton("A", t("ui.player.region.mark_from"), () => this.mark("from_s"))}
          ${markButton("B", t("ui.player.region.mark_to"), () => this.mark("to_s"))}
          ${speedChoice(this.speed, (speed) => (this.speed = speed))}
          ${volumeControl(this.volume, () => this.mute(), (volume) => this.setVolume(volume))}
        </div>
        ${
          this.region
            ? regionRow(this.region, this.duration_s, (/** @type {Region | null} */ region) => (this.region = region))
            : nothing
        }
        ${this.broken ? html`<p class="player-error" role="alert">${t("ui.player.broken")}</p>` : ""}
      </div>
    `;
  }
}
customElements.define("audio-player", AudioPlayer);
export { AudioPlayer };
