import { html, nothing } from "/static/vendor/lit/index.js";
import { t } from "../../core/i18n.js";
import { refocus } from "../../ui/app-element.js";
import { PageElement } from "../../ui/element.js";
import { icon } from "../../ui/icons.js";
import { fillSliders } from "../../ui/sliders.js";
import { held, slider } from "./fields.js";
import { decibels } from "./labels.js";

/** @import { Edit } from "./edits.js" */
/** @import { Levels, Project } from "./project.js" */

/** Lane -> the lowest level that it can have. */
const LOWEST = { dialogue: -24, ambience: -40, effects: -40, music: -40 };
const HIGHEST = 12;

/** Levels of the lanes, how words are read, and what could not be done as asked. */
class DramaLevels extends PageElement {
  static properties = { project: { attribute: false }, act: { attribute: false } };

  constructor() {
    super();
    /** @type {Project | undefined} */
    this.project = undefined;
    /** @type {(edit: Edit) => boolean} */
    this.act = () => false;
  }

  updated() {
    fillSliders(this);
  }

  /** @param {SubmitEvent} event */
  read(event) {
    event.preventDefault();
    const form = /** @type {HTMLFormElement} */ (event.currentTarget);
    const given = new FormData(form);
    const [word, as] = ["word", "as"].map((name) => String(given.get(name) ?? "").trim());
    if (!word || !as || !this.act({ do: "read", word, as })) return;
    form.reset();
    /** @type {HTMLInputElement | null} */ (form.querySelector("input"))?.focus();
  }

  /** @param {Project} project */
  readings({ pronunciations }) {
    const field = (/** @type {"word" | "as"} */ name) => html`
      <label class="drama-field">
        <span>${t(`ui.drama.readings.${name}`)}</span>
        <input class="text" name=${name} dir="auto" required maxlength="100" data-testid="reading-${name}" />
      </label>
    `;
    return html`
      <section class="drama-part">
        <h4>${t("ui.drama.readings")}</h4>
        <p class="hint">${t("ui.drama.readings.hint")}</p>
        <ul class="readings" data-testid="readings">
          ${Object.entries(pronunciations).map(
            ([word, as]) => html`
              <li>
                <bdi>${word}</bdi>
                <input
                  class="text"
                  dir="auto"
                  maxlength="100"
                  aria-label="${word}: ${t("ui.drama.readings.as")}"
                  .value=${as}
                  @change=${(/** @type {Event} */ event) => held(event).trim() && this.act({ do: "read", word, as: held(event).trim() })}
                />
                <button
                  class="icon-button tiny"
                  aria-label=${t("ui.drama.readings.remove", { word })}
                  title=${t("ui.drama.readings.remove", { word })}
                  @click=${() => {
                    this.act({ do: "read", word, as: null });
                    void refocus(() => this.querySelector("[data-testid=reading-word]"));
                  }}
                >
                  ${icon("close")}
                </button>
              </li>
            `,
          )}
        </ul>
        <form class="reading-form" @submit=${this.read}>
          ${field("word")} ${field("as")}
          <button class="button small" data-testid="reading-add">${t("ui.drama.readings.add")}</button>
        </form>
      </section>
    `;
  }

  render() {
    const { project } = this;
    if (!project) return nothing;
    return html`
      <div class="drama-fields" data-testid="drama-levels">
        ${Object.entries(LOWEST).map(([lane, low]) => {
          const name = /** @type {keyof Levels} */ (`${lane}_db`);
          const value = project.levels[name];
          const label = t(`ui.drama.lane.${lane}`);
          const what = { value, low, high: HIGHEST, step: 0.5, usual: 0, said: decibels(value) };
          return slider(`level-${lane}`, label, what, (now) => this.act({ do: "levels", set: { [name]: now } }));
        })}
      </div>
      ${this.readings(project)}
      ${
        project.notes.length
          ? html`<section class="drama-part">
              <h4>${t("ui.drama.notes")}</h4>
              <ul class="drama-notes">${project.notes.map((note) => html`<li dir="auto">${note}</li>`)}</ul>
            </section>`
          : nothing
      }
    `;
  }
}
customElements.define("drama-levels", DramaLevels);
