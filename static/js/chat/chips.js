import { repeat } from "/static/vendor/lit/directives/repeat.js";
import { html, nothing } from "/static/vendor/lit/index.js";
import { t } from "../core/i18n.js";
import { AppElement } from "../ui/app-element.js";
import { icon } from "../ui/icons.js";
import { toGenerate } from "./chips/astray.js";
import { asked } from "./chips/command.js";
import { edit } from "./chips/edit.js";
import { heard } from "./chips/heard.js";
import { inputs } from "./chips/inputs.js";
import { typed } from "./chips/typed.js";

/** @import { Asked, CommandInfo, Meaning, PieceEdit } from "../core/types.js" */
/** @import { App } from "../store/app.js" */
/** @import { IconName } from "../ui/icons.js" */

/**
 * Something that goes with the words at the prompt.
 *
 * @typedef {object} Chip
 * @property {string} id
 * @property {string} label
 * @property {string} [value] follows the label; it may be in any script
 * @property {string} [title] what a pointer that rests on it reads
 * @property {IconName} [icon]
 * @property {() => void} [act] what a click does
 * @property {() => void} [remove]
 * @property {boolean} [pinned] it stays after use
 * @property {() => void} [pin] pins it, or lets it go
 *
 * @typedef {object} Prompt the prompt box, as chips see it
 * @property {string} text
 * @property {string} name of the command that the text is for
 * @property {CommandInfo | undefined} command
 * @property {Meaning | null} meaning what the words mean, once that is known
 * @property {Asked | null} asked the other command that the words ask for, unless it was refused
 * @property {() => void} refuse
 * @property {PieceEdit | null} edit what the words would change of the piece on the card
 * @property {boolean} edits whether that is what will be done
 * @property {(wants: "edit" | "new") => void} choose
 * @property {(words: string, caret?: number) => Promise<void>} hold
 */

/** Every kind of chip, in the order in which they stand. @type {((app: App, prompt: Prompt) => Chip[])[]} */
const KINDS = [toGenerate, asked, edit, inputs, typed, heard];

/** What goes with the words: sounds that the command will take, values that the words set. */
class PromptChips extends AppElement {
  static properties = {
    ...AppElement.properties,
    prompt: { attribute: false },
    text: { attribute: false },
    meaning: { attribute: false },
    refused: { attribute: false },
    wants: { attribute: false },
  };

  constructor() {
    super();
    /** @type {Prompt | undefined} */
    this.prompt = undefined;
    /** What is the prompt's: chips are drawn again when one of them changes. */
    this.text = "";
    /** @type {Meaning | null} */
    this.meaning = null;
    this.refused = false;
  }

  /** @param {Chip} chip */
  words(chip) {
    return html`
      ${chip.icon ? icon(chip.icon) : nothing}
      <span class="chip-words">${chip.label}${chip.value ? html`: <bdi>${chip.value}</bdi>` : nothing}</span>
    `;
  }

  /** @param {Chip} chip */
  chip(chip) {
    const name = chip.value ? `${chip.label}: ${chip.value}` : chip.label;
    const title = chip.title ?? name;
    return html`
      <li class="prompt-chip" data-testid="chip-${chip.id}" ?data-pinned=${chip.pinned}>
        ${
          chip.act
            ? html`<button class="chip-act" type="button" title=${title} @click=${chip.act}>${this.words(chip)}</button>`
            : html`<span class="chip-act" title=${title}>${this.words(chip)}</span>`
        }
        ${
          chip.pin
            ? html`<button
                class="icon-button tiny"
                type="button"
                data-testid="chip-pin"
                aria-pressed=${Boolean(chip.pinned)}
                aria-label=${t("ui.chip.pin", { name })}
                title=${t("ui.chip.pin.hint")}
                @click=${chip.pin}
              >
                ${icon("pin")}
              </button>`
            : nothing
        }
        ${
          chip.remove
            ? html`<button
                class="icon-button tiny"
                type="button"
                data-testid="chip-remove"
                aria-label=${t("ui.chip.remove", { name })}
                title=${t("ui.chip.remove", { name })}
                @click=${() => this.take(chip)}
              >
                ${icon("close")}
              </button>`
            : nothing
        }
      </li>
    `;
  }

  /** Its button goes with the chip: the prompt has the focus then. @param {Chip} chip */
  take(chip) {
    chip.remove?.();
    document.getElementById("prompt")?.focus();
  }

  render() {
    const { app, prompt } = this;
    if (!app || !prompt) return nothing;
    const chips = KINDS.flatMap((kind) => kind(app, prompt));
    if (!chips.length) return nothing;
    return html`
      <ul class="prompt-chips" aria-label=${t("ui.chips")} data-testid="chips">
        ${repeat(
          chips,
          ({ id }) => id,
          (chip) => this.chip(chip),
        )}
      </ul>
    `;
  }
}
customElements.define("prompt-chips", PromptChips);
