import { html, nothing } from "/static/vendor/lit/index.js";
import { clock, t } from "../core/i18n.js";
import { trackId } from "../store/playable.js";
import { AppElement } from "../ui/app-element.js";
import { icon } from "../ui/icons.js";
import "../ui/track-cover.js";
import { fillSliders } from "../ui/sliders.js";
import { titleText } from "../ui/title-text.js";
import { setMediaKeys, showInMediaSession } from "./media-session.js";
import { iconButton, volumeControl } from "./player-tools.js";
import { seamless } from "./seamless.js";

/** @import { Playable } from "../store/playable.js" */
/** @import { Playback } from "../store/playback.js" */

/** What is heard, wherever it was started: it stays while cards, lists and views change. */
class PlayerBar extends AppElement {
  static properties = { ...AppElement.properties, second: { state: true } };

  constructor() {
    super();
    /** Whole second that is heard: the rest of it moves without drawing anew. */
    this.second = 0;
    this.frame = 0;
  }

  attend() {
    const { app } = this;
    if (!app) return;
    app.playback.seamless = seamless;
    this.own(
      app.playback.on("change", () => this.changed(app.playback)),
      app.playback.on("time", () => this.tick()),
      () => cancelAnimationFrame(this.frame),
    );
    this.tick();
  }

  /** @param {Playback} playback */
  changed(playback) {
    this.requestUpdate();
    this.tick();
    if (!playback.playing || !playback.current) return;
    showInMediaSession(playback.current);
    setMediaKeys({
      play: () => playback.toggle(),
      pause: () => playback.toggle(),
      previoustrack: playback.previous ? () => void playback.step(-1) : null,
      nexttrack: playback.next ? () => void playback.step(1) : null,
    });
  }

  /** Moves the seek bar with the sound. */
  tick() {
    cancelAnimationFrame(this.frame);
    const { app } = this;
    if (!app?.playback.current) return;
    const { at_s, playing } = app.playback;
    this.second = Math.floor(at_s);
    const slider = /** @type {HTMLInputElement | null} */ (this.querySelector(".bar-seek"));
    if (slider) {
      if (slider.valueAsNumber !== at_s) slider.value = String(at_s);
      fillSliders(this);
    }
    if (playing) this.frame = requestAnimationFrame(() => this.tick());
  }

  updated() {
    this.tick();
  }

  /** @param {"previous" | "next"} side @param {Playable | null} sound @param {() => void} act */
  stepButton(side, sound, act) {
    const label = sound ? t(`ui.bar.${side}`, { title: sound.title }) : t(`ui.bar.no_${side}`);
    return html`
      <button
        class="icon-button"
        data-testid="bar-${side}"
        aria-label=${label}
        title=${label}
        ?disabled=${!sound}
        @click=${act}
      >
        ${icon(side)}
      </button>
    `;
  }

  /** @param {Playable} sound */
  name(sound) {
    const id = trackId(sound);
    if (!id) return html`<span class="bar-title" data-testid="bar-title" dir="auto">${titleText(sound.title)}</span>`;
    return html`
      <button
        class="bar-title link"
        data-testid="bar-title"
        dir="auto"
        title=${t("ui.bar.open", { title: sound.title })}
        @click=${() => this.show(id)}
      >
        ${titleText(sound.title)}
      </button>
    `;
  }

  /** @param {string} id */
  show(id) {
    this.dispatchEvent(new CustomEvent("show", { bubbles: true }));
    void this.app?.open(id);
  }

  render() {
    const playback = this.app?.playback;
    const sound = playback?.current;
    if (!playback || !sound) return nothing;
    const { playing, duration_s } = playback;
    const at = clock(this.second);
    const whole = clock(duration_s);
    const label = t(playing ? "ui.pause.of" : "ui.play.of", { title: sound.title });
    return html`
      <section class="bar-body" aria-label=${t("ui.bar")} data-testid="player-bar" data-playing=${playing}>
        <input
          class="slider bar-seek"
          type="range"
          min="0"
          max=${duration_s || 1}
          step="any"
          data-testid="bar-seek"
          aria-label=${t("ui.player.seek")}
          aria-valuetext=${t("ui.player.position", { at, whole })}
          @input=${(/** @type {Event} */ event) => playback.seek(/** @type {HTMLInputElement} */ (event.target).valueAsNumber)}
        />
        <div class="bar-row">
          ${this.stepButton("previous", playback.previous, () => void playback.step(-1))}
          <button class="play" data-testid="bar-play" aria-label=${label} title=${label} @click=${() => playback.toggle()}>
            ${icon(playing ? "pause" : "play")}
          </button>
          ${this.stepButton("next", playback.next, () => void playback.step(1))}
          ${trackId(sound) ? html`<track-cover .row=${{ id: trackId(sound) }}></track-cover>` : nothing}
          <span class="bar-words">
            ${this.name(sound)}
            <span class="bar-time">
              ${
                playback.broken
                  ? html`<span role="alert">${t("ui.player.broken")}</span>`
                  : html`<span data-testid="bar-time">${at}</span> / ${whole}`
              }
            </span>
          </span>
          ${iconButton("loop", "bar-loop", t("ui.player.loop"), () => playback.setLoop(!playback.loop), playback.loop)}
          ${volumeControl(playback.volume, () => playback.mute(), (volume) => playback.setVolume(volume), "bar-")}
        </div>
      </section>
    `;
  }
}
customElements.define("player-bar", PlayerBar);
