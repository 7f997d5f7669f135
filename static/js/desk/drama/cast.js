import { repeat } from "/static/vendor/lit/directives/repeat.js";
import { html, nothing } from "/static/vendor/lit/index.js";
import { i18n, t } from "../../core/i18n.js";
import { newId } from "../../core/ids.js";
import { AppElement } from "../../ui/app-element.js";
import { icon } from "../../ui/icons.js";
import { ageWords, colour, paint } from "./labels.js";
import { byId, shares } from "./project.js";
import { voiceName } from "./voices.js";
import "./character.js";

/** @import { Edit } from "./edits.js" */
/** @import { Character, Project } from "./project.js" */
/** @import { Voice } from "./server.js" */

/** Who speaks, by how much they say, and with which voice. It says `hear` with the id of who is to be heard. */
class DramaCast extends AppElement {
  static properties = {
    ...AppElement.properties,
    project: { attribute: false },
    voices: { attribute: false },
    busy: { attribute: false },
    act: { attribute: false },
    at: { state: true },
  };

  constructor() {
    super();
    /** @type {Project | undefined} */
    this.project = undefined;
    /** @type {readonly Voice[]} */
    this.voices = [];
    /** Id of the character who is being spoken. */
    this.busy = "";
    /** @type {(edit: Edit) => boolean} */
    this.act = () => false;
    /** The character in hand. */
    this.at = "";
  }

  updated() {
    paint(this);
  }

  /** @param {string} id */
  async open(id) {
    this.at = this.at === id ? "" : id;
    await this.updateComplete;
    this.querySelector("drama-character")?.scrollIntoView({ block: "nearest" });
  }

  async enter() {
    const id = `c${newId().replaceAll("-", "").slice(0, 16)}`;
    const name = t("ui.drama.cast.new.name", { number: (this.project?.characters.length ?? 0) + 1 });
    if (!this.act({ do: "enter", id, name })) return;
    await this.open(id);
    await new Promise(requestAnimationFrame);
    /** @type {HTMLInputElement | null} */ (this.querySelector("[data-testid=character-name]"))?.select();
  }

  /** @param {Character} character @param {Project} project */
  row(character, project) {
    const { id, name } = character;
    const { lines = 0, words = 0 } = shares(project.lines).get(id) ?? {};
    const busy = this.busy === id;
    const about = ageWords(character);
    return html`
      <tr data-testid="character" data-character=${id}>
        <th scope="row">
          <button
            class="cast-name"
            data-colour=${colour(project, id)}
            aria-expanded=${this.at === id}
            title=${t("ui.drama.cast.open", { name })}
            @click=${() => void this.open(id)}
          >
            <span class="swatch"></span>
            <span class="cast-words">
              <span dir="auto">${name}</span>
              <span class="hint">${[about, ...character.aliases].filter(Boolean).join(" · ")}</span>
            </span>
          </button>
        </th>
        <td class="figure">${i18n.number(lines)}</td>
        <td class="figure cast-count">${i18n.number(words)}</td>
        <td class="cast-voice" data-testid="character-voice-name">${voiceName(this.voices, character.voice)}</td>
        <td>
          <button
            class="icon-button"
            data-testid="character-hear"
            aria-label=${busy ? t("ui.drama.speaking") : t("ui.drama.cast.hear", { name })}
            title=${busy ? t("ui.drama.speaking") : t("ui.drama.cast.hear", { name })}
            aria-busy=${busy}
            ?disabled=${busy}
            @click=${() => this.dispatchEvent(new CustomEvent("hear", { detail: id }))}
          >
            ${icon("play")}
          </button>
        </td>
      </tr>
    `;
  }

  render() {
    const { project } = this;
    if (!project) return nothing;
    const character = byId(project.characters, this.at);
    return html`
      <div class="cast-scroll">
        <table class="cast" data-testid="cast">
          <thead>
            <tr>
              <th scope="col">${t("ui.drama.cast.name")}</th>
              <th scope="col" class="figure">${t("ui.drama.cast.lines")}</th>
              <th scope="col" class="figure cast-count">${t("ui.drama.cast.words")}</th>
              <th scope="col">${t("ui.drama.voice")}</th>
              <td></td>
            </tr>
          </thead>
          <tbody>
            ${repeat(project.characters, ({ id }) => id, (one) => this.row(one, project))}
          </tbody>
        </table>
      </div>
      <button class="button small" data-testid="character-new" @click=${() => void this.enter()}>${t("ui.drama.cast.new")}</button>
      ${
        character
          ? html`<drama-character
              .project=${project}
              .character=${character}
              .voices=${this.voices}
              .act=${this.act}
              @merged=${(/** @type {CustomEvent<string>} */ event) => (this.at = event.detail)}
            ></drama-character>`
          : nothing
      }
    `;
  }
}
customElements.define("drama-cast", DramaCast);
