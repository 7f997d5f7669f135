import { html, nothing } from "/static/vendor/lit/index.js";
import { live } from "/static/vendor/lit/directives/live.js";
import WaveSurfer from "/static/vendor/wavesurfer.js/dist/wavesurfer.esm.js";
import { TrackElement } from "../ui/app-element.js";
import { fillSliders } from "../ui/sliders.js";
import { clock, i18n, t } from "../core/i18n.js";
import { icon } from "../ui/icons.js";
import { between, keepInside, moved } from "./region.js";
import { regionRow } from "./region-row.js";
import { read, write } from "../core/storage.js";
import { theme } from "../ui/theme.js";

/** @import { Region } from "./region.js" */
/** @import { Peaks, TrackRecord } from "../core/types.js" */

const STEP_S = 5;
const VOLUME_KEY = "volume_v1";
const SPEEDS = [0.5, 0.75, 1, 1.25, 1.5, 2];
/** A level line, where the peaks cannot be had. */
const FLAT = [[0], [0]];

/** @param {HTMLElement} element @param {string} name of a custom property of the style sheet */
const colour = (element, name) => getComputedStyle(element).getPropertyValue(name).trim();

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
    /** @type {WaveSurfer | null} */
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
    this.wave?.setOptions(this.colours());
  }

  colours() {
    return {
      waveColor: colour(this, "--wave"),
      progressColor: colour(this, "--wave-played"),
      cursorColor: colour(this, "--wave-cursor"),
    };
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
    for (const key of /** @type {const} */ (["previoustrack", "nexttrack"])) {
      navigator.mediaSession?.setActionHandler(key, null);
    }
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
    this.wave = WaveSurfer.create({
      container,
      media: this.audio,
      url: record.audio_url,
      peaks: this.peaks?.peaks ?? FLAT,
      duration: record.duration_s,
      height: "auto",
      barWidth: 2,
      barGap: 1.5,
      barRadius: 2,
      barMinHeight: 2,
      normalize: true,
      cursorWidth: 1,
      ...this.colours(),
      dragToSeek: true,
      hideScrollbar: true,
      cspNonce: document.querySelector('meta[name="csp-nonce"]')?.getAttribute("content") ?? undefined,
    });
    this.wave.on("timeupdate", (seconds) => {
      this.at_s = seconds;
      this.dispatchEvent(new CustomEvent("moment", { detail: seconds }));
    });
    this.wave.on("error", () => (this.broken = true));
  }

  /** @param {boolean} playing */
  heard(playing) {
    this.playing = playing;
    this.app?.setPlaying(playing, "player");
    if (playing) this.tellSystem();
  }

  /** What the keys of the keyboard and the lock screen show and do. */
  tellSystem() {
    const session = navigator.mediaSession;
    if (!session || !this.record) return;
    const { prompt, name, artist } = this.record;
    session.metadata = new MediaMetadata({ title: prompt || name, artist: artist ?? "audiocraft-webui" });
    session.setActionHandler("previoustrack", () => void this.app?.turn(-1));
    session.setActionHandler("nexttrack", () => void this.app?.turn(1));
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

  /** @param {"previous" | "next"} drawing @param {1 | -1} step @param {string} label */
  neighbour(drawing, step, label) {
    return html`
      <button
        class="icon-button"
        data-testid=${drawing}
        aria-label=${label}
        title=${label}
        @click=${() => this.app?.turn(step)}
      >
        ${icon(drawing)}
      </button>
    `;
  }

  /** @param {number} volume 0..1 */
  setVolume(volume) {
    this.volume = volume;
    write(localStorage, VOLUME_KEY, volume);
  }

  /** Marks for a region, and the speed. */
  tools() {
    const mark = (/** @type {"from_s" | "to_s"} */ end, /** @type {string} */ letter, /** @type {string} */ label) => html`
      <button
        class="icon-button letter"
        data-testid="mark-${letter.toLowerCase()}"
        aria-label=${label}
        title=${label}
        @click=${() => this.mark(end)}
      >
        ${letter}
      </button>
    `;
    return html`
      ${mark("from_s", "A", t("ui.player.region.mark_from"))} ${mark("to_s", "B", t("ui.player.region.mark_to"))}
      <select
        class="select speed"
        data-testid="speed"
        aria-label=${t("ui.player.speed")}
        title=${t("ui.player.speed")}
        .value=${live(String(this.speed))}
        @change=${(/** @type {Event} */ event) =>
          (this.speed = Number(/** @type {HTMLSelectElement} */ (event.target).value))}
      >
        ${SPEEDS.map(
          (speed) => html`<option value=${speed} ?selected=${speed === this.speed}>${i18n.number(speed)}×</option>`,
        )}
      </select>
    `;
  }

  render() {
    const at = clock(this.at_s);
    const whole = clock(this.duration_s);
    const playLabel = t(this.playing ? "ui.player.pause" : "ui.player.play");
    return html`
      <div class="player" role="group" aria-label=${t("ui.player")} data-playing=${this.playing}>
        <audio
          preload="metadata"
          @play=${() => this.heard(true)}
          @pause=${() => this.heard(false)}
          @ended=${() => this.heard(false)}
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
          ${this.neighbour("previous", -1, t("ui.player.previous"))}
          <button class="play" data-testid="play" aria-label=${playLabel} title=${playLabel} @click=${this.toggle}>
            ${icon(this.playing ? "pause" : "play")}
          </button>
          ${this.neighbour("next", 1, t("ui.player.next"))}
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
          <button
            class="icon-button"
            data-testid="loop"
            aria-pressed=${this.loop}
            aria-label=${t("ui.player.loop")}
            title=${t("ui.player.loop")}
            @click=${() => (this.loop = !this.loop)}
          >
            ${icon("loop")}
          </button>
          ${this.tools()}
          <span class="volume" title=${t("ui.player.volume")}>
            <button
              class="icon-button"
              data-testid="mute"
              aria-pressed=${this.volume === 0}
              aria-label=${t("ui.player.mute")}
              title=${t("ui.player.mute")}
              @click=${this.mute}
            >
              ${icon(this.volume > 0 ? "volume" : "mute")}
            </button>
            <input
              class="slider"
              type="range"
              min="0"
              max="1"
              step="0.01"
              data-testid="volume"
              aria-label=${t("ui.player.volume")}
              .value=${live(String(this.volume))}
              @input=${(/** @type {Event} */ event) =>
                this.setVolume(Number(/** @type {HTMLInputElement} */ (event.target).value))}
            />
          </span>
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
