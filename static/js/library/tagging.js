import { html, nothing } from "/static/vendor/lit/index.js";
import { i18n, t } from "../core/i18n.js";
import * as api from "../server/api.js";
import { AppElement } from "../ui/app-element.js";
import { icon } from "../ui/icons.js";

/** @import { Tagging } from "../core/types.js" */
/** @import { App } from "../store/app.js" */

/** @param {Tagging} tagging */
const failures = ({ failed }) => (failed ? ` · ${t("ui.library.tagging.failed", { count: i18n.number(failed) })}` : "");

/** How many tracks are not tagged yet, with a button that has them tagged; how far that is, while it goes. */
class LibraryTagging extends AppElement {
  static properties = { ...AppElement.properties, tagging: { attribute: false } };

  constructor() {
    super();
    /** @type {Tagging | null} */
    this.tagging = null;
    /** The focus was on a button here before it was drawn. */
    this.held = false;
  }

  willUpdate() {
    this.held = this.contains(document.activeElement);
  }

  /** The focus goes on to the first button that is there now, else to the view that is chosen. */
  updated() {
    if (!this.held || this.contains(document.activeElement)) return;
    const next = this.querySelector("button") ?? this.closest("dialog")?.querySelector(".segments input:checked");
    /** @type {HTMLElement | null | undefined} */ (next)?.focus();
  }

  /** @param {App} app @param {"start" | "pause" | "stop"} action */
  async direct(app, action) {
    try {
      this.tagging = await api.directTagging(action);
    } catch (error) {
      app.complain(api.bodyOf(error));
    }
  }

  /** @param {App} app @param {Tagging} tagging */
  going(app, tagging) {
    const { state, total, tagged, failed } = tagging;
    const running = state === "running";
    const values = { tagged: i18n.number(tagged), total: i18n.number(total) };
    const said = t(running ? "ui.library.tagging" : "ui.library.tagging.paused", values);
    return html`
      <div class="library-note" data-testid="tagging" data-state=${state}>
        <p>
          ${running ? html`<span class="pulse" aria-hidden="true"></span>` : nothing}
          <span>${said}${failures(tagging)}</span>
        </p>
        <progress class="bar" max=${Math.max(1, total)} .value=${tagged + failed} aria-label=${said}></progress>
        <div class="library-note-acts">
          <button
            class="button small"
            data-testid="tagging-pause"
            ?disabled=${!app.connected}
            @click=${() => void this.direct(app, running ? "pause" : "start")}
          >
            ${icon(running ? "pause" : "play")} ${t(running ? "ui.library.tagging.pause" : "ui.library.tagging.continue")}
          </button>
          <button class="button small quiet" data-testid="tagging-stop" ?disabled=${!app.connected} @click=${() => void this.direct(app, "stop")}>
            ${icon("stop")} ${t("ui.library.tagging.stop")}
          </button>
        </div>
      </div>
    `;
  }

  render() {
    const { app, tagging } = this;
    if (!app || !tagging) return nothing;
    if (tagging.state !== "idle") return this.going(app, tagging);
    const count = tagging.total - tagging.tagged;
    if (count <= 0) return nothing;
    return html`
      <div class="library-note" data-testid="tagging" data-state="idle">
        <p title=${t("ui.library.untagged.hint")}>${t("ui.library.untagged", { count: i18n.number(count) })}${failures(tagging)}</p>
        <button class="button small" data-testid="tag-all" ?disabled=${!app.connected} @click=${() => void this.direct(app, "start")}>
          ${t("ui.library.tag_all")}
        </button>
      </div>
    `;
  }
}
customElements.define("library-tagging", LibraryTagging);
