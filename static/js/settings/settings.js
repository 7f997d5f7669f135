import { live } from "/static/vendor/lit/directives/live.js";
import { repeat } from "/static/vendor/lit/directives/repeat.js";
import { html, nothing } from "/static/vendor/lit/index.js";
import { t } from "../core/i18n.js";
import { fieldsOf, OUTPUT, PREVIEW, shown, silenced } from "../server/schema.js";
import { AppElement } from "../ui/app-element.js";
import { icon } from "../ui/icons.js";
import { fillSliders } from "../ui/sliders.js";
import { commandSummary, fieldTitle, groupTitle } from "../ui/words.js";
import { control } from "./field.js";
import "../ui/preset-list.js";
import "./preview-row.js";

/** @import { CommandInfo } from "../core/types.js" */
/** @import { Field } from "../server/schema.js" */
/** @import { App } from "../store/app.js" */

/** The chosen command's parameters, drawn from its JSON Schema. */
class SettingsPanel extends AppElement {
  attend() {
    const { app } = this;
    if (!app) return;
    this.own(
      app.on("change", () => this.requestUpdate()),
      app.on("given", (command, field) => void this.showGiven(app, command, field)),
      app.on("wanted", (command, field) => void this.showWanted(app, command, field)),
    );
  }

  /**
   * A parameter is missing: its control comes into sight and says what it wants.
   *
   * @param {App} app
   * @param {string} command
   * @param {string} field
   */
  async showWanted(app, command, field) {
    await this.show(field);
    app.emit("announce", t("ui.announce.wanted", { field: fieldTitle(command, field) }));
  }

  /** Brings a control into sight and gives it the focus. @param {string} field */
  async show(field) {
    await this.updateComplete;
    await new Promise((resolve) => requestAnimationFrame(resolve)); // the pane may just have come
    const control = /** @type {HTMLElement | null} */ (this.querySelector(`#field-${field}`));
    const fold = control?.closest("details");
    if (fold) fold.open = true;
    control?.scrollIntoView({ block: "center" });
    control?.focus();
  }

  /**
   * A parameter got an audio file: its control comes into sight.
   *
   * @param {App} app
   * @param {string} command
   * @param {string} field
   */
  async showGiven(app, command, field) {
    await this.show(field);
    app.emit("announce", t("ui.announce.given", { command, field: fieldTitle(command, field) }));
  }

  updated() {
    fillSliders(this);
  }

  /** @param {App} app */
  restore(app) {
    const command = app.jobs.lastRun && app.settings.find(app.jobs.lastRun.command);
    if (!command || !app.jobs.lastRun) return;
    app.settings.restore(command, app.jobs.lastRun.params);
    app.emit("announce", t("ui.announce.restored"));
  }

  /** @param {App} app @param {CommandInfo} command @param {Field[]} fields */
  controls(app, command, fields) {
    const values = app.settings.values(command);
    const quiet = silenced(fieldsOf(command), values);
    return repeat(
      fields,
      (field) => `${command.name}.${field.name}`,
      (field) =>
        control({
          command: command.name,
          field,
          value: values[field.name],
          silencedBy: quiet.get(field.name),
          app,
          set: (value) => {
            app.settings.set(command, field, value);
            return app.settings.values(command)[field.name];
          },
        }),
    );
  }

  /** What a newcomer need not move, with how many of it are set. @param {App} app @param {CommandInfo} command @param {Field[]} fields */
  fold(app, command, fields) {
    const values = app.settings.values(command);
    const count = fields.filter(({ name, fallback }) => values[name] !== fallback).length;
    return html`
      <details
        class="section"
        data-testid="settings-more"
        .open=${app.settings.isOpen(command)}
        @toggle=${(/** @type {Event} */ event) =>
          app.settings.open(command, /** @type {HTMLDetailsElement} */ (event.target).open)}
      >
        <summary>
          ${t("ui.settings.more")}
          ${count ? html`<span class="hint" data-testid="more-set">${t("ui.settings.more.set", { count })}</span>` : nothing}
        </summary>
        <div class="settings">${this.controls(app, command, fields)}</div>
      </details>
    `;
  }

  render() {
    const { app } = this;
    const command = app?.settings.command;
    if (!app || !command) return html`<p class="empty">${t("ui.waiting_for_server")}</p>`;
    const fields = shown(fieldsOf(command), app.settings.values(command));
    const plain = fields.filter((field) => !OUTPUT.has(field.name) && !field.advanced);
    const own = plain.filter((field) => !field.group);
    const groups = [...new Set(plain.map((field) => field.group ?? ""))].filter(Boolean);
    const more = fields.filter((field) => field.advanced);
    const output = fields.filter((field) => OUTPUT.has(field.name) && !field.advanced);
    return html`
      <div class="settings" data-testid="settings">
        <div class="field">
          <div class="field-head">
            <label for="command">${t("ui.command")}</label>
            <select
              id="command"
              class="select"
              aria-describedby="command-hint"
              .value=${live(command.name)}
              @change=${(/** @type {Event} */ event) =>
                app.settings.choose(/** @type {HTMLSelectElement} */ (event.target).value)}
            >
              ${app.settings.commands.map(
                ({ name }) => html`<option value=${name} ?selected=${name === command.name}>/${name}</option>`,
              )}
            </select>
          </div>
          <p class="hint" id="command-hint">${commandSummary(command)}</p>
        </div>
        <preset-list .app=${app} .command=${command}></preset-list>
        ${this.controls(app, command, own)}
        ${
          PREVIEW in command.schema.properties
            ? html`<preview-row
                .app=${app}
                .command=${command}
                .source=${String(app.settings.values(command).source ?? "")}
              ></preview-row>`
            : nothing
        }
        ${groups.map(
          (group) => html`
            <h3 class="group">${groupTitle(group)}</h3>
            ${this.controls(
              app,
              command,
              plain.filter((field) => field.group === group),
            )}
          `,
        )}
        ${
          output.length
            ? html`<h3 class="group">${t("ui.output")}</h3>
              ${this.controls(app, command, output)}`
            : nothing
        }
        ${more.length ? this.fold(app, command, more) : nothing}
        <div class="settings-actions">
          <button class="button small" type="button" ?disabled=${!app.jobs.lastRun} @click=${() => this.restore(app)}>
            ${icon("history")} ${t("ui.restore")}
          </button>
          <button class="button small" type="button" @click=${() => app.settings.reset(command)}>
            ${icon("reset")} ${t("ui.reset")}
          </button>
        </div>
      </div>
    `;
  }
}
customElements.define("settings-panel", SettingsPanel);
