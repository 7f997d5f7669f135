import { html } from "/static/vendor/lit/index.js";
import { live } from "/static/vendor/lit/directives/live.js";
import WaveSurfer from "/static/vendor/wavesurfer.js/dist/wavesurfer.esm.js";
import { PageElement } from "./element.js";
import { fillSliders } from "./field.js";
import { clock, t } from "./i18n.js";
import { icon } from "./icons.js";
import { read, write } from "./storage.js";

/** @import { App } from "./app.js" */
/** @import { Peaks, TrackRecord } from "./types.js" */

const STEP_S = 5;
const VOLUME_KEY = "volume_v1";
/** A level line, where the peaks cannot be had. */
const FLAT = [[0], [0]];

/** @param {HTMLElement} element @param {string} name of a custom property of the style sheet */
const colour = (element, name) => getComputedStyle(element).getPropertyValue(name).trim();

/** Plays the card's track. The waveform is drawn from the server's peaks: the browser decodes nothing for it. */
class AudioPlayer extends PageElement {
  static properties = {
    app: { attribute: false },
    record: { attribute: false },
    peaks: { attribute: false },
    playing: { state: true },
    at_s: { state: true },
    loop: { state: true },
    volume: { state: true },
    broken: { state: true },
  };

  constructor() {
    super();
    /** @type {App | undefined} */
    this.app = undefined;
    /** @type {TrackRecord | undefined} */
    this.record = undefined;
    /** @type {Peaks | null} */
    this.peaks = null;
    this.playing = false;
    this.at_s = 0;
    this.loop = false;
    this.broken = false;
    this.volume = Number(read(localStorage, VOLUME_KEY, 1));
    /** @type {WaveSurfer | null} */
    this.wave = null;
    this.shownId = "";
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
    this.playing = false;
    this.app?.setPlaying(false);
  }

  updated() {
    fillSliders(this);
    if (this.audio) {
      this.audio.loop = this.loop;
      this.audio.volume = this.volume;
    }
    if (this.record && this.record.id !== this.shownId) this.show(this.record);
  }

  /** @param {TrackRecord} record */
  show(record) {
    this.quiet();
    this.shownId = record.id;
    this.at_s = 0;
    this.broken = false;
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
      waveColor: colour(this, "--wave"),
      progressColor: colour(this, "--wave-played"),
      cursorColor: colour(this, "--wave-cursor"),
      dragToSeek: true,
      hideScrollbar: true,
      cspNonce: document.querySelector('meta[name="csp-nonce"]')?.getAttribute("content") ?? undefined,
    });
    this.wave.on("timeupdate", (seconds) => (this.at_s = seconds));
    this.wave.on("error", () => (this.broken = true));
  }

  /** @param {boolean} playing */
  heard(playing) {
    this.playing = playing;
    this.app?.setPlaying(playing);
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
          @play=${() => this.heard(true)}
          @pause=${() => this.heard(false)}
          @ended=${() => this.heard(false)}
        ></audio>
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
        <div class="player-row">
          <button class="play" data-testid="play" aria-label=${playLabel} title=${playLabel} @click=${this.toggle}>
            ${icon(this.playing ? "pause" : "play")}
          </button>
          <span class="time"><span data-testid="time">${at}</span> / ${whole}</span>
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
          <label class="volume" title=${t("ui.player.volume")}>
            ${icon(this.volume > 0 ? "volume" : "mute")}
            <span class="unseen">${t("ui.player.volume")}</span>
            <input
              class="slider"
              type="range"
              min="0"
              max="1"
              step="0.01"
              data-testid="volume"
              .value=${live(String(this.volume))}
              @input=${(/** @type {Event} */ event) =>
                this.setVolume(Number(/** @type {HTMLInputElement} */ (event.target).value))}
            />
          </label>
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
        ${this.broken ? html`<p class="player-error" role="alert">${t("ui.player.broken")}</p>` : ""}
      </div>
    `;
  }
}
customElements.define("audio-player", AudioPlayer);
