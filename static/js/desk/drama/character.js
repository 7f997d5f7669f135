import { html, nothing } from "/static/vendor/lit/index.js";
import { i18n, t } from "../../core/i18n.js";
import { PageElement } from "../../ui/element.js";
import { fillSliders } from "../../ui/sliders.js";
import { choice, slider, text } from "./fields.js";
import { decibels, panWords } from "./labels.js";
import { AGES, EFFECTS, GENDERS, hueOf, NARRATOR, shares } from "./project.js";
import { blended, blends, parts, voiceOptions, voiceWords } from "./voices.js";

/** @import { Edit } from "./edits.js" */
/** @import { Character, Project } from "./project.js" */
/** @import { Voice } from "./server.js" */

const USUAL_SHARE = 0.3;

/** A character, to be changed. It says `merged` with the id of the other one where the two are one. */
class DramaCharacter extends PageElement {
  static properties = {
    project: { attribute: false },
    character: { attribute: false },
    voices: { attribute: false },
    act: { attribute: false },
  };

  constructor() {
    super();
    /** @type {Project | undefined} */
    this.project = undefined;
    /** @type {Character | undefined} */
    this.character = undefined;
    /** @type {readonly Voice[]} */
    this.voices = [];
    /** @type {(edit: Edit) => boolean} */
    this.act = () => false;
  }

  updated() {
    fillSliders(this);
  }

  /** @param {Partial<Character>} set */
  set(set) {
    if (this.character) this.act({ do: "character", character: this.character.id, set });
  }

  /** @param {Character} character @param {Project} project */
  voice({ voice, id: own }, { language, lines }) {
    const { id, other, share } = parts(voice ?? "");
    const used = this.voices.find((one) => one.id === id);
    const beside = this.voices.filter((one) => one.engine === used?.engine && one.id !== id);
    const none = voice ? [] : [{ value: "", label: t("ui.drama.voice.none") }];
    const count = shares(lines).get(own)?.lines ?? 0;
    return html`
      ${choice("character-voice", t("ui.drama.voice"), voice ? id : "", [...none, ...voiceOptions(this.voices, language, voice)], (wanted) =>
        this.set({ voice: wanted || null }),
      )}
      ${
        voice && blends(id)
          ? choice(
              "character-blend",
              t("ui.drama.cast.blend"),
              other,
              [{ value: "", label: t("ui.drama.cast.blend.none") }, ...voiceOptions(beside, language, null)],
              (wanted) => this.set({ voice: blended(id, wanted, share || USUAL_SHARE) }),
            )
          : nothing
      }
      ${
        other
          ? slider(
              "character-share",
              t("ui.drama.cast.share"),
              { value: share, low: 0.05, high: 0.95, step: 0.05, usual: USUAL_SHARE, said: i18n.percent(share) },
              (value) => this.set({ voice: blended(id, other, value) }),
            )
          : nothing
      }
      <p class="hint wide" data-testid="character-licence">
        ${[voiceWords(used), t("ui.drama.cast.anew", { count: i18n.number(count) })].filter(Boolean).join(" · ")}
      </p>
    `;
  }

  /** @param {Character} character */
  manner({ speed, pitch_semitones, gain_db, pan, effect }) {
    const semitones = `${i18n.number(pitch_semitones, { signDisplay: "exceptZero" })} ${t("unit.semitones")}`;
    const pace = { value: speed, low: 0.5, high: 2, step: 0.05, usual: 1, said: `× ${i18n.number(speed, { maximumFractionDigits: 2 })}` };
    const pitch = { value: pitch_semitones, low: -6, high: 6, step: 0.5, usual: 0, said: semitones };
    const gain = { value: gain_db, low: -24, high: 12, step: 0.5, usual: 0, said: decibels(gain_db) };
    const place = { value: pan, low: -1, high: 1, step: 0.05, usual: 0, said: panWords(pan) };
    return html`
      ${slider("character-speed", t("ui.drama.speed"), pace, (value) => this.set({ speed: value }))}
      ${slider("character-pitch", t("ui.drama.pitch"), pitch, (value) => this.set({ pitch_semitones: value }))}
      ${slider("character-gain", t("ui.drama.gain"), gain, (value) => this.set({ gain_db: value }))}
      ${slider("character-pan", t("ui.drama.pan"), place, (value) => this.set({ pan: value }))}
      ${choice(
        "character-effect",
        t("ui.drama.effect"),
        effect,
        EFFECTS.map((value) => ({ value, label: t(`ui.drama.effect.${value}`) })),
        (value) => this.set({ effect: value }),
      )}
    `;
  }

  /** @param {Character} character @param {Project} project */
  person({ id, name, aliases, gender, age }, { characters }) {
    const options = (/** @type {"gender" | "age"} */ table, /** @type {readonly string[]} */ values) =>
      values.map((value) => ({ value, label: t(`ui.drama.${table}.${value}`) }));
    const others = characters.filter((one) => one.id !== id).map((one) => ({ value: one.id, label: one.name }));
    const hue = hueOf(characters, id);
    return html`
      ${text("character-name", t("ui.drama.cast.name"), name, (value) => value.trim() && this.set({ name: value.trim() }))}
      ${text(
        "character-aliases",
        t("ui.drama.cast.aliases"),
        aliases.join(", "),
        (value) => this.set({ aliases: value.split(/[,，、;]/).map((one) => one.trim()).filter(Boolean).slice(0, 50) }),
        1000,
      )}
      ${choice("character-gender", t("ui.drama.cast.gender"), gender, options("gender", GENDERS), (value) => this.set({ gender: value }))}
      ${choice("character-age", t("ui.drama.cast.age"), age, options("age", AGES), (value) => this.set({ age: value }))}
      ${slider(
        "character-hue",
        t("ui.drama.cast.colour"),
        { value: hue ?? 0, low: 0, high: 360, step: 5, usual: 0, said: hue === null ? "–" : `${hue}°` },
        (value) => this.set({ hue: value }),
      )}
      ${
        id !== NARRATOR && others.length
          ? choice("character-merge", t("ui.drama.cast.merge"), "", [{ value: "", label: t("ui.drama.cast.merge.none") }, ...others], (into) =>
              this.merge(id, into),
            )
          : nothing
      }
    `;
  }

  /** @param {string} id @param {string} into */
  merge(id, into) {
    if (into && this.act({ do: "merge", character: id, into })) this.dispatchEvent(new CustomEvent("merged", { detail: into }));
  }

  render() {
    const { character, project } = this;
    if (!character || !project) return nothing;
    return html`
      <div class="drama-editor" role="group" aria-labelledby="drama-character-title" data-testid="character-editor">
        <h4 id="drama-character-title" dir="auto">${character.name}</h4>
        <div class="drama-fields">
          ${this.voice(character, project)} ${this.manner(character)} ${this.person(character, project)}
        </div>
      </div>
    `;
  }
}
customElements.define("drama-character", DramaCharacter);
