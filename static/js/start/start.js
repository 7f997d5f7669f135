import { html, nothing } from "/static/vendor/lit/index.js";
import { clock, i18n, t } from "../core/i18n.js";
import { isSound } from "../core/sound-files.js";
import { fieldsOf } from "../server/schema.js";
import { batchable } from "../store/batches.js";
import { AppElement } from "../ui/app-element.js";
import { droppedFiles } from "../ui/dropped-files.js";
import { icon } from "../ui/icons.js";
import { invitation } from "../ui/words.js";

/** @import { CommandInfo, Values } from "../core/types.js" */
/** @import { App } from "../store/app.js" */
/** @import { Field } from "../server/schema.js" */

/** What an empty page offers: pieces to be heard with one click, and for each command a place to drop a sound on. */
class StartPage extends AppElement {
  static properties = { ...AppElement.properties, over: { state: true } };

  constructor() {
    super();
    /** The command over whose tile a file is held. */
    this.over = "";
  }

  /** @param {App} app @param {CommandInfo} command @param {Values} params */
  piece(app, command, params) {
    const words = String(params[command.text_field ?? ""] ?? "");
    return html`
      <li>
        <button
          class="piece"
          data-testid="piece"
          ?disabled=${!app.ready}
          @click=${() => app.requests.submit({ name: command.name, params, shown: words })}
        >
          ${icon("play")} <span class="piece-words">${words}</span>
          <span class="hint">${clock(Number(params.duration ?? 0))}</span>
        </button>
      </li>
    `;
  }

  /** @param {App} app @param {CommandInfo} command @param {readonly File[]} files */
  async take(app, command, files) {
    const sounds = files.filter(isSound);
    const [field] = sounded(command);
    if (!field || !sounds[0]) return app.emit("notice", { level: "warning", message: t("ui.batch.empty") });
    if (sounds.length > 1 && batchable([command]).length) return app.batches.begin(command, sounds);
    const row = await app.uploads.send(sounds[0]);
    if (row) this.arm(app, command, field, row.key);
  }

  /** @param {App} app @param {CommandInfo} command @param {Field} field @param {string} key */
  arm(app, command, field, key) {
    app.settings.choose(command.name);
    app.settings.set(command, field, key);
    document.getElementById("prompt")?.focus();
  }

  /** @param {App} app @param {CommandInfo} command @param {DragEvent} event */
  async dropped(app, command, event) {
    const { dataTransfer } = event;
    this.over = "";
    const [field] = sounded(command);
    if (!dataTransfer || !field) return;
    event.preventDefault();
    const key = dataTransfer.getData("application/x-track");
    if (key) return this.arm(app, command, field, key);
    await this.take(app, command, await droppedFiles(dataTransfer));
  }

  /** Without a sound of one's own: its first parameter is shown. @param {App} app @param {CommandInfo} command */
  open(app, command) {
    const [field] = fieldsOf(command);
    if (command.text_field === null || !field) return app.settings.choose(command.name);
    app.point(command, field);
  }

  /** @param {App} app @param {CommandInfo} command */
  tile(app, command) {
    const takes = sounded(command).some(({ library }) => !library);
    const inside = html`
      <span class="tile-name">${icon(takes ? "upload" : "track")} /${command.name}</span>
      <span>${invitation(command)}</span>
    `;
    const at = `tile-${command.name}`;
    if (!takes) {
      return html`<li><button class="tile" data-testid=${at} @click=${() => this.open(app, command)}>${inside}</button></li>`;
    }
    return html`
      <li>
        <label
          class="tile file-button"
          data-testid=${at}
          ?data-over=${this.over === command.name}
          @dragover=${(/** @type {DragEvent} */ event) => {
            event.preventDefault();
            this.over = command.name;
          }}
          @dragleave=${() => (this.over = "")}
          @drop=${(/** @type {DragEvent} */ event) => void this.dropped(app, command, event)}
        >
          ${inside}
          <input
            class="unseen"
            type="file"
            multiple
            accept="audio/*,video/mp4,.flac,.opus,.aiff,.m4a"
            @change=${(/** @type {Event} */ event) => {
              const input = /** @type {HTMLInputElement} */ (event.target);
              void this.take(app, command, [...(input.files ?? [])]).then(() => (input.value = ""));
            }}
          />
        </label>
      </li>
    `;
  }

  render() {
    const { app } = this;
    if (!app) return nothing;
    const { commands } = app.settings;
    return html`
      <ul class="pieces" aria-label=${t("ui.start.pieces")}>
        ${commands.flatMap((command) =>
          (command.examples?.[i18n.language] ?? []).map((params) => this.piece(app, command, params)),
        )}
      </ul>
      <ul class="tiles" aria-label=${t("ui.start.tiles")}>
        ${commands.filter((command) => command.invitation).map((command) => this.tile(app, command))}
      </ul>
    `;
  }
}
customElements.define("start-page", StartPage);

/** The parameters that take a sound, of those that a newcomer moves. @param {CommandInfo} command */
const sounded = (command) => fieldsOf(command).filter(({ kind, advanced }) => kind === "audio" && !advanced);
