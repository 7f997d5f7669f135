import { html, nothing } from "/static/vendor/lit/index.js";
import { i18n, t } from "../../core/i18n.js";
import { AppElement, refocus } from "../../ui/app-element.js";
import { icon } from "../../ui/icons.js";
import { spokenAnew } from "./spoken.js";
import { isRendered, isRendering, render } from "./render.js";

/** @import { TrackRecord } from "../../core/types.js" */
/** @import { Draft } from "./draft.js" */

/** A number of things in words: one and none have sentences of their own. @param {string} key @param {number} count */
const counted = (key, count) =>
  count > 1 ? t(key, { count: i18n.number(count) }) : t(`${key}.${count === 1 ? "one" : "none"}`);

/** How much was changed, and what can become of it. */
class DramaBar extends AppElement {
  static properties = {
    ...AppElement.properties,
    record: { attribute: false },
    draft: { attribute: false },
    project: { attribute: false },
    sending: { state: true },
  };

  constructor() {
    super();
    /** @type {TrackRecord | undefined} */
    this.record = undefined;
    /** @type {Draft | undefined} */
    this.draft = undefined;
    /** Changes with each edit, and this is drawn again. */
    this.project = undefined;
    this.sending = false;
  }

  /** What was rendered is a track of its own now. */
  updated() {
    const { app, draft } = this;
    if (app && draft?.sent && isRendered(app, draft.sent)) draft.forget();
  }

  async ask() {
    const { app, record, draft } = this;
    if (!app || !record || !draft || this.sending) return;
    this.sending = true;
    await render(app, record, draft);
    this.sending = false;
  }

  undo() {
    this.draft?.undo();
    void refocus(() => this.querySelector("[data-testid=drama-redo]"));
  }

  redo() {
    this.draft?.redo();
    void refocus(() => this.querySelector("[data-testid=drama-undo]"));
  }

  discard() {
    this.draft?.discard();
    void refocus(() => this.querySelector("[data-testid=drama-redo]"));
    this.app?.emit("notice", { level: "info", message: t("ui.drama.discarded") });
  }

  render() {
    const { app, draft, record } = this;
    if (!app || !draft || !record || !(draft.edits.length || draft.undone.length)) return nothing;
    const count = draft.edits.length;
    const rendering = draft.sent !== "" && isRendering(app, draft.sent);
    const off = !count || this.sending || rendering || !app.ready || !app.settings.find("drama");
    return html`
      <div class="drama-bar" role="group" aria-label=${counted("ui.drama.changes", count)} data-testid="drama-bar">
        <p class="drama-bar-words" role="status">
          <b data-testid="drama-changes">${counted("ui.drama.changes", count)}</b>
          ${count ? html`<span class="hint" data-testid="drama-anew">${counted("ui.drama.anew", spokenAnew(draft.base, draft.project).size)}</span>` : nothing}
        </p>
        <button class="button small primary" data-testid="drama-render" ?disabled=${off} @click=${() => void this.ask()}>
          ${t(rendering || this.sending ? "ui.drama.rendering" : "ui.drama.render")}
        </button>
        <button class="button small" data-testid="drama-undo" ?disabled=${!count} @click=${() => this.undo()}>
          ${icon("reset")} ${t("ui.drama.undo")}
        </button>
        <button class="button small" data-testid="drama-redo" ?disabled=${!draft.undone.length} @click=${() => this.redo()}>
          ${t("ui.drama.redo")}
        </button>
        <button class="button small quiet" data-testid="drama-discard" ?disabled=${!count} @click=${() => this.discard()}>
          ${t("ui.drama.discard")}
        </button>
      </div>
    `;
  }
}
customElements.define("drama-bar", DramaBar);
