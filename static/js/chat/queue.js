import { html, nothing } from "/static/vendor/lit/index.js";
import { repeat } from "/static/vendor/lit/directives/repeat.js";
import { PageElement } from "../ui/element.js";
import { i18n, t } from "../core/i18n.js";
import { icon } from "../ui/icons.js";

/** @import { App } from "../store/app.js" */
/** @import { JobRow } from "../core/types.js" */

export const DRAGGED = "application/x-job";

/** What runs and what waits, in order; the order can be changed, the queue held back and emptied. */
class QueuePanel extends PageElement {
  static properties = { app: { attribute: false } };

  constructor() {
    super();
    /** @type {App | undefined} */
    this.app = undefined;
  }

  attend() {
    if (this.app) this.own(this.app.on("change", () => this.requestUpdate()));
  }

  /** @param {App} app @param {JobRow} row @param {number} position */
  async move(app, row, position) {
    await app.move(row.id, position);
    app.emit("announce", t("ui.announce.moved", { position }));
    await this.updateComplete;
    /** @type {HTMLElement | null} */ (this.querySelector(`[data-job-id="${row.id}"] .handle`))?.focus();
  }

  /** @param {App} app @param {JobRow} row @param {number} waiting how many wait */
  line(app, row, waiting) {
    const place = row.position ?? 0;
    const words = row.text || `/${row.command}`;
    const tool = (
      /** @type {"up" | "down" | "close"} */ drawing,
      /** @type {string} */ label,
      /** @type {boolean} */ off,
      /** @type {() => void} */ act,
    ) => html`
      <button
        class="icon-button tiny ${drawing === "close" ? "" : "handle"}"
        data-testid="queue-${drawing}"
        aria-label=${label}
        title=${label}
        ?disabled=${off}
        @click=${act}
      >
        ${icon(drawing)}
      </button>
    `;
    const running = row.status === "RUNNING";
    return html`
      <li
        class="queue-row"
        data-testid="queue-row"
        data-job-id=${row.id}
        draggable=${running ? "false" : "true"}
        @dragstart=${(/** @type {DragEvent} */ event) => event.dataTransfer?.setData(DRAGGED, row.id)}
        @dragover=${(/** @type {DragEvent} */ event) => {
          if (!running && event.dataTransfer?.types.includes(DRAGGED)) event.preventDefault();
        }}
        @drop=${(/** @type {DragEvent} */ event) => {
          const dragged = app.jobs.get(event.dataTransfer?.getData(DRAGGED) ?? "");
          if (!dragged || running) return;
          event.preventDefault();
          void this.move(app, dragged, place);
        }}
      >
        <span class="queue-place">${running ? i18n.percent(row.progress) : `${place}.`}</span>
        <span class="queue-words" dir="auto">${words}</span>
        ${
          running
            ? nothing
            : html`${tool("up", t("ui.queue.up", { words }), place <= 1, () => void this.move(app, row, place - 1))}
              ${tool("down", t("ui.queue.down", { words }), place >= waiting, () => void this.move(app, row, place + 1))}`
        }
        ${tool("close", t("ui.queue.cancel", { words }), app.stopping.has(row.id), () => void app.cancel(row.id))}
      </li>
    `;
  }

  render() {
    const { app } = this;
    const rows = app?.queue ?? [];
    if (!app || (rows.length < 2 && !app.paused)) return nothing;
    const waiting = rows.filter((row) => row.status === "PENDING").length;
    const running = rows.length - waiting;
    const button = (/** @type {string} */ id, /** @type {string} */ label, /** @type {() => void} */ act) => html`
      <button class="button small" data-testid=${id} @click=${act}>${label}</button>
    `;
    return html`
      <details class="queue" data-testid="queue" open>
        <summary>
          ${t("ui.queue", { running: i18n.number(running), waiting: i18n.number(waiting) })}
          ${app.paused ? html`<strong class="held">${t("ui.queue.held")}</strong>` : nothing}
        </summary>
        <ol class="queue-list">
          ${repeat(
            rows,
            (row) => row.id,
            (row) => this.line(app, row, waiting),
          )}
        </ol>
        <div class="queue-tools">
          ${app.paused ? button("queue-continue", t("ui.queue.continue"), () => void app.pause(false)) : nothing}
          ${
            running && !app.paused
              ? html`${button("stop-now", t("ui.queue.stop_now"), () => void app.stopNow())}
                ${button("stop-after", t("ui.queue.stop_after"), () => void app.pause(true))}`
              : nothing
          }
          ${waiting ? button("cancel-waiting", t("ui.queue.cancel_waiting"), () => void app.cancelWaiting()) : nothing}
        </div>
      </details>
    `;
  }
}
customElements.define("queue-panel", QueuePanel);
