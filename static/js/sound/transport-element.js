import { html } from "/static/vendor/lit/index.js";
import { clock, t } from "../core/i18n.js";
import { bodyOf } from "../server/api.js";
import { AppElement } from "../ui/app-element.js";
import { icon } from "../ui/icons.js";

/** @import { ErrorBody } from "../core/types.js" */
/** @import { Listening } from "../store/region.js" */
/** @import { StemPlayer } from "./stem-player.js" */

/**
 * A player of sound that comes in pieces: play button, seek bar and clock. It says `moment` with the second that is
 * heard. One sound at a time: it stops when another player begins, and says `play` when it begins itself.
 */
export class TransportElement extends AppElement {
  static properties = {
    ...AppElement.properties,
    listening: { attribute: false },
    player: { state: true },
    playing: { state: true },
    waiting: { state: true },
    second: { state: true },
  };

  /** How its test ids begin. */
  kind = "player";
  /** One of its kind among all players of the page. */
  name = "player";
  /** What is played, as one text. */
  shown = "";
  frame = 0;

  constructor() {
    super();
    /** @type {StemPlayer | null} */
    this.player = null;
    /** How the card's player is set, where there is one. @type {Listening} */
    this.listening = { region: null, loop: false, volume: 1 };
    this.playing = false;
    this.waiting = false;
    /** Whole second of the playhead: the rest of it moves without drawing anew. */
    this.second = 0;
  }

  attend() {
    const other = (/** @type {Event} */ event) => {
      if (event.target !== this) this.yield();
    };
    document.addEventListener("play", other, true); // `play` does not bubble
    this.own(
      () => document.removeEventListener("play", other, true),
      () => this.release(),
    );
    this.shown = "";
    this.requestUpdate();
  }

  /** Another player begins. */
  yield() {
    this.player?.pause();
  }

  /** Ends the sound and gives player and timers back. */
  release() {
    cancelAnimationFrame(this.frame);
    this.player?.dispose();
    this.player = null;
    this.playing = this.waiting = false;
    this.app?.setPlaying(false, this.name);
  }

  /** @param {StemPlayer} player what sounds from now on */
  use(player) {
    player.on("change", () => {
      if (this.player === player) this.changed(player);
    });
    player.on("failed", (error) => this.app?.complain(this.explained(error)));
    this.player = player;
    this.follow();
  }

  /** Why a player failed. @param {unknown} error @returns {ErrorBody} */
  explained(error) {
    return bodyOf(error);
  }

  /** Takes region, loop and volume over from the card's player. */
  follow() {
    const { region, loop, volume } = this.listening;
    const whole = loop ? { from_s: 0, to_s: this.player?.duration_s ?? 0 } : null;
    this.player?.repeatRegion(region ?? whole);
    this.player?.setVolume(volume);
  }

  /** @param {StemPlayer} player it plays, waits, or stands elsewhere than before */
  changed(player) {
    this.waiting = player.waiting;
    if (player.playing !== this.playing) {
      this.playing = player.playing;
      this.app?.setPlaying(this.playing, this.name);
    }
    cancelAnimationFrame(this.frame);
    this.tick();
  }

  /** Moves the playhead with the sound. */
  tick() {
    const { player } = this;
    if (!player) return;
    const { at_s } = player;
    this.second = Math.floor(at_s);
    this.style.setProperty("--played", `${(100 * at_s) / Math.max(player.duration_s, 1e-6)}%`);
    const slider = /** @type {HTMLInputElement | null} */ (this.querySelector(".transport-seek"));
    if (slider && document.activeElement !== slider) slider.value = String(at_s);
    this.moment(at_s, player);
    if (player.playing) this.frame = requestAnimationFrame(() => this.tick());
  }

  /** @param {number} at_s @param {StemPlayer} player */
  moment(at_s, player) {
    if (player.playing) this.dispatchEvent(new CustomEvent("moment", { detail: at_s }));
  }

  toggle() {
    if (!this.playing) this.dispatchEvent(new Event("play")); // whatever sounds elsewhere stops
    this.player?.toggle();
  }

  /** @param {number} seconds */
  seek(seconds) {
    this.player?.seekTo(seconds);
  }

  /** @param {string} label of the play button */
  transport(label) {
    const { kind, player } = this;
    const at = clock(this.second);
    const whole = clock(player?.duration_s ?? 0);
    return html`
      <div class="transport">
        <button class="play" data-testid="${kind}-play" aria-label=${label} title=${label} ?disabled=${!player} @click=${this.toggle}>
          ${icon(this.playing ? "pause" : "play")}
        </button>
        <input
          class="transport-seek"
          type="range"
          min="0"
          value="0"
          max=${player?.duration_s ?? 0}
          step="any"
          data-testid="${kind}-seek"
          aria-label=${t("ui.player.seek")}
          aria-valuetext=${t("ui.player.position", { at, whole })}
          ?disabled=${!player}
          @input=${(/** @type {Event} */ event) => this.seek(Number(/** @type {HTMLInputElement} */ (event.target).value))}
        />
        <span class="transport-time" data-waiting=${this.waiting}><span data-testid="${kind}-time">${at}</span> / ${whole}</span>
      </div>
    `;
  }
}
