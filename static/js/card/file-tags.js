import { live } from "/static/vendor/lit/directives/live.js";
import { html, nothing } from "/static/vendor/lit/index.js";
import { i18n, t } from "../core/i18n.js";
import { bodyOf, previewFileTags, undoFileTags, writeFileTags } from "../server/api.js";
import { TrackElement } from "../ui/app-element.js";

/** @import { FileTagField, TrackRecord } from "../core/types.js" */
/** @import { App } from "../store/app.js" */

const MODES = ["keep", "merge", "overwrite"];
const KEY_FORMS = ["standard", "camelot", "open_key"];
/** So many texts of a tag are shown. */
const SHOWN = 12;

/** @param {string} field */
const fieldName = (field) => (i18n.has(`ui.tag.category.${field}`) ? t(`ui.tag.category.${field}`) : t(`ui.file_tags.field.${field}`));

/** What the notices about a track's file are about. @param {TrackRecord} record */
const topicOf = ({ id }) => `file-tags:${id}`;

/** @param {Record<string, string[]>} texts */
const flat = (texts) => Object.values(texts).flat();

/**
 * What was found about a track as the tags of its own file: a dialog that shows what would change before anything is
 * written, and afterwards a way back.
 */
class FileTags extends TrackElement {
  static properties = {
    ...TrackElement.properties,
    opened: { state: true },
    mode: { state: true },
    key_form: { state: true },
    fields: { state: true },
    left: { state: true },
    said: { state: true },
    busy: { state: true },
  };

  constructor() {
    super();
    this.opened = false;
    this.mode = "keep";
    this.key_form = "standard";
    /** What would be written; null while that is not known. @type {FileTagField[] | null} */
    this.fields = null;
    this.digest = "";
    /** Fields that the user leaves out. @type {ReadonlySet<string>} */
    this.left = new Set();
    /** What went wrong, in words. */
    this.said = "";
    this.busy = false;
    this.asked = 0;
  }

  /** @param {Map<string, unknown>} changed */
  updated(changed) {
    const before = /** @type {TrackRecord | undefined} */ (changed.get("record"));
    if (this.opened && before && before.id !== this.record?.id) this.dialog.close();
  }

  get dialog() {
    return /** @type {HTMLDialogElement} */ (this.querySelector("dialog"));
  }

  /** @param {TrackRecord} record */
  async open(record) {
    this.opened = true;
    this.said = "";
    this.left = new Set();
    await this.updateComplete;
    this.dialog.showModal();
    await this.look(record);
  }

  /** @param {TrackRecord} record */
  async look({ id }) {
    const number = ++this.asked;
    this.busy = true;
    try {
      const { fields, digest } = await previewFileTags(id, { mode: this.mode, key_form: this.key_form });
      if (number !== this.asked) return;
      [this.fields, this.digest] = [fields, digest];
    } catch (error) {
      if (number !== this.asked) return;
      this.fields = null;
      this.said = i18n.error(bodyOf(error));
    }
    this.busy = false;
  }

  /** @param {TrackRecord} record @param {{ mode?: string, key_form?: string }} choice */
  choose(record, choice) {
    Object.assign(this, choice);
    this.said = "";
    void this.look(record);
  }

  /** The fields that would be written. */
  get chosen() {
    return (this.fields ?? []).filter(({ field, changes }) => changes && !this.left.has(field)).map(({ field }) => field);
  }

  /** @param {App} app @param {TrackRecord} record */
  async write(app, record) {
    const { mode, key_form, digest, chosen } = this;
    this.busy = true;
    try {
      const { fields } = await writeFileTags(record.id, { mode, key_form, digest, fields: chosen });
      this.dialog.close();
      const message = t("ui.file_tags.written", { fields: i18n.list(fields.map(({ field }) => fieldName(field))) });
      const action = { label: t("ui.file_tags.back"), act: () => void this.undo(app, record) };
      app.emit("notice", { level: "info", message, action, topic: topicOf(record) });
    } catch (error) {
      await this.look(record);
      this.said = i18n.error(bodyOf(error));
    }
    this.busy = false;
    await app.card.refresh(record.id);
  }

  /** @param {App} app @param {TrackRecord} record */
  async undo(app, record) {
    app.notices.withdraw(topicOf(record));
    try {
      const { tags } = await undoFileTags(record.id);
      app.emit("notice", { level: "info", message: t(tags.length ? "ui.file_tags.undone" : "ui.file_tags.undone.later") });
    } catch (error) {
      app.complain(bodyOf(error));
    }
    await app.card.refresh(record.id);
  }

  /** @param {readonly string[]} texts @param {readonly string[]} others what is in `texts` alone is marked @param {"del" | "ins"} mark */
  texts(texts, others, mark) {
    if (!texts.length) return html`<span class="hint">${t("ui.file_tags.empty")}</span>`;
    const marked = (/** @type {string} */ text) => {
      if (others.includes(text)) return html`<span dir="auto">${text}</span>`;
      return mark === "ins" ? html`<ins dir="auto">${text}</ins>` : html`<del dir="auto">${text}</del>`;
    };
    const rest = texts.length - SHOWN;
    return html`
      <ul class="tag-texts">
        ${texts.slice(0, SHOWN).map((text) => html`<li>${marked(text)}</li>`)}
        ${rest > 0 ? html`<li class="hint">${t("ui.file_tags.more", { count: i18n.number(rest) })}</li>` : nothing}
      </ul>
    `;
  }

  /** @param {FileTagField} row */
  row({ field, before, after, changes }) {
    const [old, texts] = [flat(before), flat(after)];
    const toggle = () => {
      this.left = this.left.has(field) ? new Set([...this.left].filter((other) => other !== field)) : new Set([...this.left, field]);
    };
    return html`
      <tr data-testid="file-tag" data-field=${field} ?data-changes=${changes}>
        <th scope="row">
          <label class="tag-check">
            <input type="checkbox" ?disabled=${!changes} .checked=${live(changes && !this.left.has(field))} @change=${toggle} />
            ${fieldName(field)}
          </label>
        </th>
        <td>${this.texts(old, changes ? texts : old, "del")}</td>
        <td>${changes ? this.texts(texts, old, "ins") : html`<span class="hint">${t("ui.file_tags.same")}</span>`}</td>
      </tr>
    `;
  }

  table() {
    if (!this.fields) return nothing;
    return html`
      <table class="file-tags-table">
        <thead>
          <tr>
            ${["field", "before", "after"].map((column) => html`<th scope="col">${t(`ui.file_tags.${column}`)}</th>`)}
          </tr>
        </thead>
        <tbody>
          ${this.fields.map((field) => this.row(field))}
        </tbody>
      </table>
      <p role="status" data-testid="file-tags-status">
        ${this.fields.some(({ changes }) => changes) ? nothing : t("ui.file_tags.nothing")}
      </p>
    `;
  }

  /** @param {App} app @param {TrackRecord} record */
  form(app, record) {
    const hint = `file-tags-${this.mode}`;
    const submit = (/** @type {SubmitEvent} */ event) => {
      event.preventDefault();
      void this.write(app, record);
    };
    return html`
      <form @submit=${submit}>
        <h2 id="file-tags-title">${t("ui.file_tags.title")}</h2>
        <p id="file-tags-about">${t("ui.file_tags.about")}</p>
        <fieldset class="file-tags-mode" aria-describedby=${hint}>
          <legend>${t("ui.file_tags.mode")}</legend>
          <div class="segments wrapping">
            ${MODES.map(
              (mode) => html`
                <label class="segment">
                  <input
                    type="radio"
                    name="file-tags-mode"
                    data-testid="file-tags-${mode}"
                    .checked=${live(mode === this.mode)}
                    ?autofocus=${mode === this.mode}
                    @change=${() => this.choose(record, { mode })}
                  />
                  <span>${t(`ui.file_tags.mode.${mode}`)}</span>
                </label>
              `,
            )}
          </div>
          <p class="hint" id=${hint}>${t(`ui.file_tags.hint.${this.mode}`)}</p>
        </fieldset>
        ${
          this.fields?.some(({ field }) => field === "key")
            ? html`<label class="file-tags-key">
                ${t("ui.file_tags.key_form")}
                <select
                  class="select"
                  data-testid="file-tags-key-form"
                  @change=${(/** @type {Event} */ event) =>
                    this.choose(record, { key_form: /** @type {HTMLSelectElement} */ (event.currentTarget).value })}
                >
                  ${KEY_FORMS.map(
                    (form) => html`<option value=${form} ?selected=${form === this.key_form}>${t(`ui.file_tags.key_form.${form}`)}</option>`,
                  )}
                </select>
              </label>`
            : nothing
        }
        ${this.table()}
        ${this.said ? html`<p class="file-tags-error" role="alert" data-testid="file-tags-error">${this.said}</p>` : nothing}
        <div class="dialog-actions">
          <button class="button" type="button" @click=${() => this.dialog.close()}>${t("ui.cancel")}</button>
          <button class="button primary" data-testid="file-tags-write" ?disabled=${this.busy || !this.chosen.length}>
            ${t("ui.file_tags.write")}
          </button>
        </div>
      </form>
    `;
  }

  render() {
    const { app, record } = this;
    if (!app || !record) return nothing;
    const back = async () => {
      await this.undo(app, record);
      await this.refocus(() => this.querySelector("[data-testid=file-tags]"));
    };
    return html`
      <div class="file-tags-line">
        <button class="button small quiet" data-testid="file-tags" @click=${() => void this.open(record)}>
          ${t("ui.file_tags.open")}
        </button>
        ${
          record.file_tags?.length
            ? html`<button class="button small quiet" data-testid="file-tags-undo" @click=${back}>
                ${t("ui.file_tags.undo")}
              </button>`
            : nothing
        }
      </div>
      <dialog
        class="dialog file-tags"
        aria-labelledby="file-tags-title"
        aria-describedby="file-tags-about"
        data-testid="file-tags-dialog"
        @close=${() => (this.opened = false)}
      >
        ${this.opened ? this.form(app, record) : nothing}
      </dialog>
    `;
  }
}
customElements.define("file-tags", FileTags);
export { FileTags };
