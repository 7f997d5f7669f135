import { live } from "/static/vendor/lit/directives/live.js";
import { html, nothing } from "/static/vendor/lit/index.js";
import { i18n, t } from "../../core/i18n.js";
import { newId } from "../../core/ids.js";
import { AppElement, refocus } from "../../ui/app-element.js";
import { icon } from "../../ui/icons.js";
import { fillSliders } from "../../ui/sliders.js";
import { joins } from "./edit-lines.js";
import { choice, held, seconds, slider } from "./fields.js";
import { decibels } from "./labels.js";
import { byId, EFFECTS, EMOTIONS, isDoubtful, lengthOf, placeOf } from "./project.js";
import { doubt } from "./script-row.js";
import { parts, voiceName, voiceOptions, voiceWords } from "./voices.js";

/** @import { Edit } from "./edits.js" */
/** @import { Line, Project } from "./project.js" */
/** @import { Voice } from "./server.js" */

/** An id that the project has not. */
const fresh = () => `l${newId().replaceAll("-", "").slice(0, 16)}`;

/** The chosen line, to be changed. It says `speak` when it is to be heard, `chosen` when another one is in hand. */
class DramaLine extends AppElement {
  static properties = {
    ...AppElement.properties,
    project: { attribute: false },
    line: { attribute: false },
    voices: { attribute: false },
    busy: { attribute: false },
    act: { attribute: false },
  };

  constructor() {
    super();
    /** @type {Project | undefined} */
    this.project = undefined;
    /** Id of the line. */
    this.line = "";
    /** @type {readonly Voice[]} */
    this.voices = [];
    this.busy = false;
    /** @type {(edit: Edit) => boolean} */
    this.act = () => false;
    /** Where the cursor was in the text, UTF-16. */
    this.cursor = 0;
  }

  get box() {
    return /** @type {HTMLTextAreaElement | null} */ (this.querySelector("textarea"));
  }

  /** @param {Map<string, unknown>} changed */
  willUpdate(changed) {
    if (changed.has("line")) this.cursor = 0;
  }

  updated() {
    fillSliders(this);
  }

  /** @param {Partial<Line>} set */
  set(set) {
    this.act({ do: "line", line: this.line, set });
  }

  /** @param {string} id */
  say(id) {
    this.dispatchEvent(new CustomEvent("chosen", { detail: id }));
  }

  split() {
    const at = lengthOf(this.box?.value.slice(0, this.cursor) ?? "");
    const id = fresh();
    if (this.act({ do: "split", line: this.line, at, id })) this.say(id);
    else this.app?.emit("notice", { level: "info", message: t("ui.drama.split.hint") });
  }

  async add() {
    const id = fresh();
    if (!this.act({ do: "add", after: this.line, id, text: t("ui.drama.new_text") })) return;
    this.say(id);
    await this.updateComplete;
    await new Promise(requestAnimationFrame);
    this.box?.select();
  }

  /** @param {Line} line @param {Project} project */
  casting(line, project) {
    const character = byId(project.characters, line.speaker);
    const speakers = project.characters.map(({ id, name }) => ({ value: id, label: name }));
    const unclaimed = line.speaker ? [] : [{ value: "", label: t("ui.drama.nobody") }];
    const voice = line.voice ? parts(line.voice).id : "";
    const own = { value: "", label: t("ui.drama.voice.of", { name: voiceName(this.voices, character?.voice) }) };
    const used = this.voices.find(({ id }) => id === voice);
    return html`
      ${choice("line-speaker", t("ui.drama.speaker"), line.speaker, [...unclaimed, ...speakers], (speaker) => this.set({ speaker }))}
      ${choice(
        "line-emotion",
        t("ui.drama.emotion"),
        line.emotion,
        EMOTIONS.map((value) => ({ value, label: t(`ui.drama.emotion.${value}`) })),
        (emotion) => this.set({ emotion }),
      )}
      ${choice(
        "line-voice",
        t("ui.drama.voice"),
        voice,
        [own, ...voiceOptions(this.voices, line.language ?? project.language, line.voice)],
        (id) => this.set({ voice: id || null }),
      )}
      ${used ? html`<p class="hint">${voiceWords(used)}</p>` : nothing}
    `;
  }

  /** @param {Line} line @param {Project} project */
  manner(line, project) {
    const number = (/** @type {number} */ value) => i18n.number(value, { maximumFractionDigits: 2 });
    const speed = { value: line.speed, low: 0.5, high: 2, step: 0.05, usual: 1, said: `× ${number(line.speed)}` };
    const semitones = `${i18n.number(line.pitch_semitones, { signDisplay: "exceptZero" })} ${t("unit.semitones")}`;
    const pitch = { value: line.pitch_semitones, low: -6, high: 6, step: 0.5, usual: 0, said: semitones };
    const gain = { value: line.gain_db, low: -24, high: 12, step: 0.5, usual: 0, said: decibels(line.gain_db) };
    const effect = byId(project.characters, line.speaker)?.effect ?? "none";
    const cast = { value: "", label: t("ui.drama.effect.of", { name: t(`ui.drama.effect.${effect}`) }) };
    return html`
      ${slider("line-speed", t("ui.drama.speed"), speed, (value) => this.set({ speed: value }))}
      ${slider("line-pitch", t("ui.drama.pitch"), pitch, (value) => this.set({ pitch_semitones: value }))}
      ${slider("line-gain", t("ui.drama.gain"), gain, (value) => this.set({ gain_db: value }))}
      ${choice(
        "line-effect",
        t("ui.drama.effect"),
        line.effect ?? "",
        [cast, ...EFFECTS.map((value) => ({ value, label: t(`ui.drama.effect.${value}`) }))],
        (value) => this.set({ effect: value || null }),
      )}
      ${seconds("line-pause", t("ui.drama.pause"), line.pause_ms === null ? null : line.pause_ms / 1000, 60, (pause_s) =>
        this.set({ pause_ms: pause_s === null ? null : Math.round(1000 * pause_s) }),
      )}
    `;
  }

  /** @param {Line} line @param {Project} project */
  tools(line, project) {
    const tool = (/** @type {string} */ name, /** @type {() => void} */ act, off = false) => html`
      <button
        class="button small quiet"
        data-testid="line-${name}"
        ?disabled=${off}
        @click=${() => {
          act();
          void refocus(() => this.box);
        }}
      >
        ${t(`ui.drama.${name}`)}
      </button>
    `;
    return html`
      <div class="drama-tools">
        <button class="button small" data-testid="line-hear" ?disabled=${this.busy} @click=${() => this.dispatchEvent(new CustomEvent("speak"))}>
          ${icon("play")} ${t(this.busy ? "ui.drama.speaking" : "ui.drama.hear_line")}
        </button>
        ${tool("split", () => this.split())}
        ${tool("join", () => this.act({ do: "join", line: line.id }), !joins(project, line.id))}
        ${tool("add", () => void this.add())}
        ${tool("delete", () => this.dispatchEvent(new CustomEvent("cut")), project.lines.length < 2)}
      </div>
    `;
  }

  render() {
    const { project } = this;
    const line = project && byId(project.lines, this.line);
    if (!project || !line) return nothing;
    const number = placeOf(project.lines, line.id) + 1;
    return html`
      <div class="drama-editor" role="group" aria-labelledby="drama-line-title" data-testid="line-editor">
        <h4 id="drama-line-title">${t("ui.drama.line", { number: i18n.number(number) })}</h4>
        ${
          isDoubtful(line)
            ? html`<p class="drama-doubt">
                ${icon("warning")} <span>${doubt(line)}</span>
                ${
                  line.speaker
                    ? html`<button class="button small" data-testid="line-accept" @click=${() => this.set({ speaker: line.speaker })}>
                        ${t("ui.drama.accept")}
                      </button>`
                    : nothing
                }
              </p>`
            : nothing
        }
        <label class="drama-field wide">
          <span>${t("ui.drama.line.text")}</span>
          <textarea
            class="text"
            dir="auto"
            rows="3"
            maxlength="5000"
            data-testid="line-text"
            .value=${live(line.text)}
            @input=${(/** @type {Event} */ event) => this.set({ text: held(event) })}
            @select=${this.moved}
            @keyup=${this.moved}
            @click=${this.moved}
          ></textarea>
        </label>
        ${line.unspoken.length ? html`<p class="hint">${t("ui.drama.unspoken", { words: line.unspoken.join(", ") })}</p>` : nothing}
        <div class="drama-fields">${this.casting(line, project)} ${this.manner(line, project)}</div>
        ${this.tools(line, project)}
      </div>
    `;
  }

  moved() {
    this.cursor = this.box?.selectionStart ?? 0;
  }
}
customElements.define("drama-line", DramaLine);
