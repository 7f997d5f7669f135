import { html, nothing } from "/static/vendor/lit/index.js";
import { clock, i18n, t } from "../core/i18n.js";
import { SCRIPTS } from "../core/sound-files.js";
import { PageElement } from "../ui/element.js";
import { soundTitle } from "../ui/words.js";
import { fileChooser } from "./file-chooser.js";

/** @import { Setting } from "./field-frame.js" */

const OFFERED = 50;

/** A parameter that takes a script: a text from disk, one that was given before, or a drama of the library. */
class ScriptField extends PageElement {
  static properties = { setting: { attribute: false }, over: { state: true } };

  constructor() {
    super();
    /** @type {Setting | undefined} */
    this.setting = undefined;
    /** A file is held over the field. */
    this.over = false;
  }

  get app() {
    return this.setting?.app;
  }

  attend() {
    const { app } = this;
    if (!app) return;
    this.own(
      app.uploads.on("change", () => this.requestUpdate()),
      app.sounds.on("change", () => this.requestUpdate()),
    );
    if (!app.uploads.rows.length) void app.uploads.refresh();
  }

  /** @param {File | undefined} file */
  async take(file) {
    const row = file && (await this.app?.uploads.send(file));
    if (row) this.setting?.set(row.key);
  }

  /** @param {DragEvent} event */
  dropped(event) {
    const key = event.dataTransfer?.getData("application/x-track");
    const file = event.dataTransfer?.files[0];
    this.over = false;
    if (!key && !file) return;
    event.preventDefault();
    event.stopPropagation();
    if (key) this.setting?.set(key);
    else void this.take(file);
  }

  /** @param {Setting} setting */
  options({ app, value }) {
    const dramas = app.tracks.rows.filter(({ command }) => command === "drama").slice(0, OFFERED);
    const { scripts } = app.uploads;
    const offered = new Set([...dramas.map(({ id }) => `track:${id}`), ...scripts.map(({ key }) => key)]);
    const option = (/** @type {string} */ key, /** @type {string} */ label) =>
      html`<option value=${key} ?selected=${key === value}>${label}</option>`;
    return html`
      ${option("", t("ui.none"))}
      ${value && !offered.has(String(value)) ? option(String(value), soundTitle(app, String(value))) : nothing}
      ${
        scripts.length
          ? html`<optgroup label=${t("ui.script.uploads")}>
              ${scripts.slice(0, OFFERED).map(({ key, name }) => option(key, name))}
            </optgroup>`
          : nothing
      }
      ${
        dramas.length
          ? html`<optgroup label=${t("ui.script.dramas")}>${dramas.map(({ id, title }) => option(`track:${id}`, title))}</optgroup>`
          : nothing
      }
    `;
  }

  /** What is known of the text that was chosen. @param {Setting} setting */
  about({ app, value }) {
    const { seconds, lines, chapters, language = "" } = app.uploads.row(String(value ?? "")) ?? {};
    if (!lines) return nothing;
    const parts = [
      i18n.has(`ui.drama.language.${language}`) ? t(`ui.drama.language.${language}`) : language,
      chapters ? t("ui.script.chapters", { count: i18n.number(chapters) }) : "",
      t("ui.script.lines", { count: i18n.number(lines) }),
      seconds ? t("ui.script.length", { time: clock(seconds) }) : "",
    ];
    return html`<p class="hint" data-testid="script-about">${parts.filter(Boolean).join(" · ")}</p>`;
  }

  render() {
    const { setting, app } = this;
    if (!setting || !app) return nothing;
    return fileChooser(setting, {
      kind: "script",
      options: this.options(setting),
      accept: SCRIPTS,
      name: (title) => t("ui.script.file.for", { name: title }),
      multiple: false,
      take: ([file]) => this.take(file),
      over: this.over,
      hold: (over) => (this.over = over),
      drop: (event) => this.dropped(event),
      chosen: this.about(setting),
      hint: t("ui.script.drop"),
    });
  }
}
customElements.define("script-field", ScriptField);
