import { repeat } from "/static/vendor/lit/directives/repeat.js";
import { html, nothing } from "/static/vendor/lit/index.js";
import { t } from "../core/i18n.js";
import { Refusal } from "../server/api.js";
import { AppElement } from "./app-element.js";
import { confirmed } from "./dialog.js";
import { save, stamp } from "./files.js";
import { icon } from "./icons.js";

/** @import { CommandInfo } from "../core/types.js" */
/** @import { App } from "../store/app.js" */
/** @import { Preset } from "../store/presets.js" */

/** Presets of the chosen command: saved, applied, renamed, shared. */
class PresetList extends AppElement {
  static properties = { command: { attribute: false }, renaming: { state: true } };

  constructor() {
    super();
    /** @type {CommandInfo | undefined} */
    this.command = undefined;
    /** @type {Preset | null} */
    this.renaming = null;
    /** How the ids of its inputs begin: a page may show two lists. */
    this.ids = "preset";
    /** Files that can be imported, as `accept` of an input has them. */
    this.accept = "application/json,.json";
  }

  /** What is kept under a name. @param {App} app @param {CommandInfo} command */
  held(app, command) {
    return app.settings.values(command);
  }

  /** The presets of a file, as JSON. Raises as `api` does. @param {App} _app @param {CommandInfo} _command @param {File} file */
  textOf(_app, _command, file) {
    return file.text();
  }

  attend() {
    if (this.app) this.own(this.app.presets.on("change", () => this.requestUpdate()));
  }

  /** @param {App} app @param {CommandInfo} command */
  async keep(app, command) {
    const input = /** @type {HTMLInputElement} */ (this.querySelector(`#${this.ids}-name`));
    const name = input.value.trim();
    if (!name) return input.focus();
    if (app.presets.find(command.name, name)) {
      const text = t("ui.preset.replace.text", { name });
      const yes = await confirmed({ title: t("ui.preset.replace"), text, action: t("ui.preset.replace.action") });
      if (!yes) return;
    }
    app.presets.keep(command, name, this.held(app, command));
    input.value = "";
    app.emit("announce", t("ui.preset.kept", { name }));
  }

  /** @param {App} app @param {CommandInfo} command @param {Preset} preset */
  use(app, command, preset) {
    app.settings.apply(command, preset.params);
    app.emit("announce", t("ui.preset.used", { name: preset.name }));
  }

  /** @param {App} app @param {Preset} preset @param {Event} event */
  rename(app, preset, event) {
    event.preventDefault();
    const input = /** @type {HTMLInputElement | null} */ (this.querySelector(`#${this.ids}-new-name`));
    if (input && !app.presets.rename(preset, input.value)) return input.select();
    this.renaming = null;
    void this.updateComplete.then(() => this.querySelector("summary")?.focus());
  }

  /** @param {App} app @param {Preset} preset */
  async discard(app, preset) {
    const text = t("ui.preset.delete.text");
    const title = t("ui.delete.title", { name: preset.name });
    if (!(await confirmed({ title, text, action: t("ui.delete.action") }))) return;
    app.presets.remove(preset);
    this.querySelector("summary")?.focus();
  }

  /** @param {App} app @param {readonly Preset[]} presets @param {string} name */
  share(app, presets, name) {
    save(`${name}_${stamp(new Date())}.json`, "application/json", app.presets.exported(presets));
  }

  /** @param {App} app @param {CommandInfo} command @param {Event} event */
  async take(app, command, event) {
    const input = /** @type {HTMLInputElement} */ (event.target);
    const file = input.files?.[0];
    if (!file) return;
    try {
      const count = app.presets.imported(await this.textOf(app, command, file), app.settings.commands);
      app.emit("notice", { level: "info", message: t("ui.preset.imported", { count }) });
    } catch (error) {
      if (error instanceof Refusal) app.complain(error.body);
      else app.emit("notice", { level: "error", message: t("ui.preset.not_imported", { name: file.name }) });
    }
    input.value = "";
  }

  /** @param {App} app @param {CommandInfo} command @param {Preset} preset */
  line(app, command, preset) {
    if (this.renaming === preset) {
      return html`
        <li>
          <form class="preset-row" @submit=${(/** @type {Event} */ event) => this.rename(app, preset, event)}>
            <input
              class="text"
              id="${this.ids}-new-name"
              maxlength="80"
              aria-label=${t("ui.preset.new_name")}
              .value=${preset.name}
            />
            <button class="button small" data-testid="preset-renamed">${t("ui.preset.rename.action")}</button>
          </form>
        </li>
      `;
    }
    const tool = (
      /** @type {"pencil" | "download" | "trash"} */ drawing,
      /** @type {string} */ label,
      /** @type {string} */ id,
      /** @type {() => void} */ act,
    ) => html`
      <button class="icon-button tiny" type="button" data-testid=${id} title=${label} aria-label=${label} @click=${act}>
        ${icon(drawing)}
      </button>
    `;
    const { name } = preset;
    return html`
      <li class="preset-row" data-testid="preset">
        <button class="preset-use" type="button" dir="auto" @click=${() => this.use(app, command, preset)}>${name}</button>
        ${tool("pencil", t("ui.preset.rename", { name }), "preset-rename", async () => {
          this.renaming = preset;
          await this.updateComplete;
          /** @type {HTMLInputElement | null} */ (this.querySelector(`#${this.ids}-new-name`))?.select();
        })}
        ${tool("download", t("ui.preset.share", { name }), "preset-share", () => this.share(app, [preset], "preset"))}
        ${tool("trash", t("ui.preset.delete", { name }), "preset-delete", () => void this.discard(app, preset))}
      </li>
    `;
  }

  render() {
    const { app, command } = this;
    if (!app || !command) return nothing;
    const own = app.presets.of(command.name);
    return html`
      <details class="section presets" data-testid="presets">
        <summary>${t("ui.presets")} ${own.length ? html`<span class="count">${own.length}</span>` : nothing}</summary>
        <ul class="preset-list">
          ${repeat(
            own,
            (preset) => preset.name,
            (preset) => this.line(app, command, preset),
          )}
        </ul>
        <form
          class="preset-row"
          @submit=${(/** @type {Event} */ event) => {
            event.preventDefault();
            void this.keep(app, command);
          }}
        >
          <input
            class="text"
            id="${this.ids}-name"
            data-testid="preset-name"
            maxlength="80"
            autocomplete="off"
            aria-label=${t("ui.preset.name")}
            placeholder=${t("ui.preset.name")}
          />
          <button class="button small" data-testid="preset-save">${t("ui.preset.save")}</button>
        </form>
        <div class="settings-actions">
          <button
            class="button small quiet"
            type="button"
            data-testid="presets-export"
            ?disabled=${!app.presets.all.length}
            @click=${() => this.share(app, app.presets.all, "presets")}
          >
            ${icon("download")} ${t("ui.presets.export")}
          </button>
          <label class="button small quiet file-button">
            ${icon("upload")} ${t("ui.presets.import")}
            <input
              class="unseen"
              type="file"
              accept=${this.accept}
              data-testid="presets-import"
              @change=${(/** @type {Event} */ event) => void this.take(app, command, event)}
            />
          </label>
        </div>
      </details>
    `;
  }
}
customElements.define("preset-list", PresetList);
export { PresetList };
