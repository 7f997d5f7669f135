import { live } from "/static/vendor/lit/directives/live.js";
import { html, nothing } from "/static/vendor/lit/index.js";
import { i18n, t } from "../../core/i18n.js";
import { AppElement } from "../../ui/app-element.js";
import { icon } from "../../ui/icons.js";
import { fillSliders } from "../../ui/sliders.js";
import { held, seconds, slider } from "./fields.js";
import { capital, decibels, named, panWords } from "./labels.js";
import { byId } from "./project.js";
import { clipTitle, hearSound } from "./sounds.js";
import "./sound-search.js";

/** @import { App } from "../../store/app.js" */
/** @import { Edit } from "./edits.js" */
/** @import { Anchor, Clip, Project } from "./project.js" */
/** @import { Sound } from "./server.js" */

const MOST_SEED = 99_999_999;
/** Of a clip: see `engine/drama/project.py`. */
const LONGEST_FADE_S = 30;

/** The word that an anchor stands at. @param {Project} project @param {Anchor} anchor */
function wordAt(project, { line: id, at }) {
  const line = byId(project.lines, id);
  if (!line) return "…";
  const rest = [...line.text].slice(at ?? 0).join("");
  return /^[\p{L}\p{N}\p{M}'’-]+/u.exec(rest)?.[0].slice(0, 24) ?? rest.trim().slice(0, 12);
}

/** The clip in hand: its sound, level, place and seed. It says `cut` when it is to go. */
class DramaClip extends AppElement {
  static properties = {
    ...AppElement.properties,
    project: { attribute: false },
    clip: { attribute: false },
    sounds: { attribute: false },
    act: { attribute: false },
  };

  constructor() {
    super();
    /** @type {Project | undefined} */
    this.project = undefined;
    /** Its id. */
    this.clip = "";
    /** @type {ReadonlyMap<string, Sound>} */
    this.sounds = new Map();
    /** @type {(edit: Edit) => boolean} */
    this.act = () => false;
  }

  updated() {
    fillSliders(this);
  }

  /** @param {Partial<Clip>} set */
  set(set) {
    this.act({ do: "clip", clip: this.clip, set });
  }

  /** @param {Sound} sound */
  swap(sound) {
    this.set({ sound: sound.id, prompt: "", parameters: {} });
  }

  /** @param {Clip} clip */
  levels(clip) {
    const gain = { value: clip.gain_db, low: -40, high: 24, step: 0.5, usual: 0, said: decibels(clip.gain_db) };
    const place = { value: clip.pan, low: -1, high: 1, step: 0.05, usual: 0, said: panWords(clip.pan) };
    const own = Object.entries(this.sounds.get(clip.sound)?.parameters ?? {});
    return html`
      <div class="drama-fields">
        ${slider("clip-gain", t("ui.drama.gain"), gain, (value) => this.set({ gain_db: value }))}
        ${slider("clip-pan", t("ui.drama.pan"), place, (value) => this.set({ pan: value }))}
        ${seconds("clip-fade-in", t("ui.drama.clip.fade_in"), clip.fade_in_s, LONGEST_FADE_S, (fade_in_s) => this.set({ fade_in_s }))}
        ${seconds("clip-fade-out", t("ui.drama.clip.fade_out"), clip.fade_out_s, LONGEST_FADE_S, (fade_out_s) => this.set({ fade_out_s }))}
        ${own.map(([name, [low, usual, high]]) => {
          const value = clip.parameters[name] ?? usual;
          const what = { value, low, high, step: (high - low) / 100, usual, said: i18n.number(value, { maximumFractionDigits: 2 }) };
          const parameters = (/** @type {number} */ now) => ({ parameters: { ...clip.parameters, [name]: now } });
          return slider(`clip-${name}`, capital(named("parameter", name)), what, (now) => this.set(parameters(now)));
        })}
      </div>
    `;
  }

  /** @param {Clip} clip */
  prompt(clip) {
    return html`
      <label class="drama-field wide">
        <span>${t("ui.drama.clip.prompt")}</span>
        <input
          class="text"
          dir="auto"
          maxlength="500"
          data-testid="clip-prompt"
          placeholder=${t("ui.drama.clip.prompt.hint")}
          .value=${live(clip.prompt)}
          @change=${(/** @type {Event} */ event) => this.set({ prompt: held(event).trim() })}
        />
      </label>
    `;
  }

  /** Where it comes from and where it is tied. @param {Clip} clip @param {Project} project */
  about(clip, project) {
    const sound = this.sounds.get(clip.sound);
    const offset = i18n.number(clip.start.offset_s, { maximumFractionDigits: 2, signDisplay: "exceptZero" });
    return [
      clip.words && t("ui.drama.clip.asked_by", { words: clip.words }),
      t("ui.drama.clip.anchored", { offset, words: wordAt(project, clip.start) }),
      sound && (sound.credit || sound.licence) && [sound.credit, sound.licence].filter(Boolean).join(", "),
    ]
      .filter(Boolean)
      .join(" · ");
  }

  /** @param {App} app @param {Clip} clip @param {string} title */
  tools(app, clip, title) {
    return html`
      <div class="drama-tools">
        <button
          class="button small"
          data-testid="clip-hear"
          ?disabled=${!clip.sound}
          @click=${() => hearSound(app, clip, title)}
        >
          ${icon("play")} ${t("ui.player.play")}
        </button>
        ${
          clip.sound.startsWith("made:")
            ? html`<button
                class="button small quiet"
                data-testid="clip-seed"
                @click=${() => this.set({ seed: Math.floor(Math.random() * MOST_SEED) })}
              >
                ${icon("dice")} ${t("ui.drama.clip.seed")}
              </button>`
            : nothing
        }
        <button class="button small quiet" data-testid="clip-remove" @click=${() => this.dispatchEvent(new CustomEvent("cut"))}>
          ${icon("trash")} ${t("ui.drama.clip.remove")}
        </button>
      </div>
    `;
  }

  render() {
    const { app, project } = this;
    const clip = project && byId(project.clips, this.clip);
    if (!app || !project || !clip) return nothing;
    const title = clipTitle(clip, this.sounds);
    return html`
      <div class="drama-editor" role="group" aria-labelledby="drama-clip-title" data-testid="clip-editor">
        <div class="drama-editor-head">
          <h4 id="drama-clip-title" dir="auto">${t(`ui.drama.lane.${clip.lane}`)}: ${title}</h4>
          <button
            class="icon-button tiny"
            data-testid="clip-close"
            aria-label=${t("ui.drama.close")}
            title=${t("ui.drama.close")}
            @click=${() => this.dispatchEvent(new CustomEvent("closed"))}
          >
            ${icon("close")}
          </button>
        </div>
        <p class="hint" data-testid="clip-about" dir="auto">${this.about(clip, project)}</p>
        ${this.tools(app, clip, title)} ${this.levels(clip)}
        ${clip.lane === "music" ? this.prompt(clip) : nothing}
        ${
          clip.lane === "music"
            ? nothing
            : html`<sound-search
                .app=${app}
                .kind=${clip.lane === "ambience" ? "ambience" : "effect"}
                .used=${clip.sound}
                .clip=${clip.id}
                @sound=${(/** @type {CustomEvent<Sound>} */ event) => this.swap(event.detail)}
              ></sound-search>`
        }
      </div>
    `;
  }
}
customElements.define("drama-clip", DramaClip);
