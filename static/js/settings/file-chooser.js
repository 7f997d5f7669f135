import { live } from "/static/vendor/lit/directives/live.js";
import { html, nothing } from "/static/vendor/lit/index.js";
import { t } from "../core/i18n.js";
import { icon } from "../ui/icons.js";
import { fieldHint, fieldTitle } from "../ui/words.js";

/** @import { Setting } from "./field-frame.js" */

/**
 * What is peculiar to a field that takes a file.
 *
 * @typedef {object} FileChoice
 * @property {string} kind what its test id begins with
 * @property {unknown} options of its list
 * @property {string} accept media types and suffixes of its files
 * @property {(title: string) => string} name what its button says to those who do not see it
 * @property {boolean} multiple several files may be chosen at once
 * @property {(files: File[]) => Promise<void>} take
 * @property {boolean} over a file is held over the field
 * @property {(over: boolean) => void} hold
 * @property {(event: DragEvent) => void} drop
 * @property {unknown} chosen what is known of the file that was chosen
 * @property {string} hint how a file gets here
 */

/** A list beside a button for a file from disk, with what is on its way. @param {Setting} setting @param {FileChoice} choice */
export function fileChooser({ app, command, field, value, set }, choice) {
  const title = fieldTitle(command, field.name, field);
  const id = `field-${field.name}`;
  const [sending] = app.uploads.sending;
  return html`
    <div
      class="field audio-field"
      data-testid="${choice.kind}-${field.name}"
      ?data-over=${choice.over}
      @dragover=${(/** @type {DragEvent} */ event) => {
        event.preventDefault();
        choice.hold(true);
      }}
      @dragleave=${() => choice.hold(false)}
      @drop=${choice.drop}
    >
      <label for=${id}>${title}</label>
      <div class="audio-row">
        <select
          id=${id}
          class="select"
          aria-describedby="${id}-hint"
          .value=${live(String(value ?? ""))}
          @change=${(/** @type {Event} */ event) => set(/** @type {HTMLSelectElement} */ (event.target).value)}
        >
          ${choice.options}
        </select>
        <label class="button small file-button">
          ${icon("upload")} ${t("ui.audio.file")}
          <input
            class="unseen"
            type="file"
            ?multiple=${choice.multiple}
            accept=${choice.accept}
            aria-label=${choice.name(title)}
            data-testid="file-${field.name}"
            @change=${(/** @type {Event} */ event) => {
              const input = /** @type {HTMLInputElement} */ (event.target);
              void choice.take([...(input.files ?? [])]).then(() => (input.value = ""));
            }}
          />
        </label>
      </div>
      ${
        sending
          ? html`<progress class="bar" max="1" .value=${sending.share} aria-label=${t("ui.audio.sending", { name: sending.name })}></progress>`
          : nothing
      }
      ${choice.chosen}
      <p class="hint" id="${id}-hint">${fieldHint(command, field)} ${choice.hint}</p>
    </div>
  `;
}
