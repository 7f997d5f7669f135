import { html, nothing } from "/static/vendor/lit/index.js";
import { repeat } from "/static/vendor/lit/directives/repeat.js";
import { batchOf } from "../store/batches.js";
import { PageElement } from "../ui/element.js";
import { i18n, t } from "../core/i18n.js";
import { icon } from "../ui/icons.js";
import { DRAGGED } from "./queue.js";

/** @import { App } from "../store/app.js" */
/** @import { Message } from "../store/history.js" */
/** @import { JobRow } from "../core/types.js" */

/** What a file of the batch is going through, in a word or two. @param {JobRow} row */
export function fileState(row) {
  if (row.status === "RUNNING") return row.stage ? i18n.stage(row.stage) : t("status.RUNNING");
  if (row.status === "FAILED") return i18n.error(row.error);
  if (row.status === "PENDING" && row.held) return t("ui.queue.held");
  if (row.status === "PENDING" && row.interruptions) return t("ui.interrupted", { attempt: row.interruptions + 1 });
  return t(`ui.batch.state.${row.status}`);
}

/** A batch in the chat: one bar for all, one line for each file. */
class BatchProgress extends PageElement {
  static properties = { app: { attribute: false }, message: { attribute: false } };

  constructor() {
    super();
    /** @type {App | undefined} */
    this.app = undefined;
    /** @type {Message | undefined} */
    this.message = undefined;
    this.asked = "";
  }

  attend() {
    if (this.app) this.own(this.app.on("change", () => this.requestUpdate()));
  }

  updated() {
    const { app, message } = this;
    const id = message?.batch_id ?? "";
    if (!app?.connected || !id || this.asked === id || batchOf(app.jobs.values(), id).rows.length) return;
    this.asked = id;
    void app.batches.recall(id);
  }

  /** @param {App} app @param {JobRow} row @param {number} position */
  async move(app, row, position) {
    await app.move(row.id, position);
    app.emit("announce", t("ui.announce.moved", { position }));
    await this.updateComplete;
    /** @type {HTMLElement | null} */ (this.querySelector(`[data-job-id="${row.id}"] .handle`))?.focus();
  }

  /** @param {App} app @param {JobRow} row @param {JobRow[]} waiting */
  line(app, row, waiting) {
    const words = row.text || `/${row.command}`;
    const place = waiting.indexOf(row);
    const beside = (/** @type {1 | -1} */ step) => waiting[place + step]?.position ?? 0;
    const tool = (
      /** @type {"up" | "down" | "close" | "rerun"} */ drawing,
      /** @type {string} */ label,
      /** @type {boolean} */ off,
      /** @type {() => void} */ act,
    ) => html`
      <button
        class="icon-button tiny ${drawing === "up" || drawing === "down" ? "handle" : ""}"
        data-testid="batch-${drawing}"
        aria-label=${label}
        title=${label}
        ?disabled=${off}
        @click=${act}
      >
        ${icon(drawing)}
      </button>
    `;
    const [track] = row.track_ids;
    const isWaiting = place >= 0;
    const again = row.status === "FAILED" || row.status === "CANCELED";
    return html`
      <li
        class="queue-row batch-row"
        data-testid="batch-row"
        data-job-id=${row.id}
        data-status=${row.status}
        draggable=${isWaiting ? "true" : "false"}
        @dragstart=${(/** @type {DragEvent} */ event) => event.dataTransfer?.setData(DRAGGED, row.id)}
        @dragover=${(/** @type {DragEvent} */ event) => {
          if (isWaiting && event.dataTransfer?.types.includes(DRAGGED)) event.preventDefault();
        }}
        @drop=${(/** @type {DragEvent} */ event) => {
          const dragged = app.jobs.get(event.dataTransfer?.getData(DRAGGED) ?? "");
          if (!dragged || !isWaiting) return;
          event.preventDefault();
          void this.move(app, dragged, row.position ?? 1);
        }}
      >
        ${
          track && !app.tracks.gone.has(track)
            ? html`<button class="batch-name link" data-testid="batch-open" dir="auto" @click=${() => app.open(track)}>${words}</button>`
            : html`<span class="batch-name" dir="auto">${words}</span>`
        }
        <span class="batch-state" data-testid="batch-state">
          ${fileState(row)}${row.status === "RUNNING" ? ` ${i18n.percent(row.progress)}` : ""}
        </span>
        ${
          isWaiting
            ? html`${tool("up", t("ui.queue.up", { words }), place < 1, () => void this.move(app, row, beside(-1)))}
              ${tool("down", t("ui.queue.down", { words }), place + 1 >= waiting.length, () => void this.move(app, row, beside(1)))}`
            : nothing
        }
        ${
          again
            ? tool("rerun", t("ui.batch.retry_one", { words }), !app.connected, () => void app.batches.retryOne(row.id))
            : row.status === "COMPLETED"
              ? nothing
              : tool("close", t("ui.queue.cancel", { words }), app.stopping.has(row.id), () => void app.cancel(row.id))
        }
      </li>
    `;
  }

  render() {
    const { app, message } = this;
    if (!app || !message?.batch_id) return nothing;
    const id = message.batch_id;
    const batch = batchOf(app.jobs.values(), id);
    const coming = app.batches.coming.get(id) ?? 0;
    const all = batch.rows.length + coming;
    const open = batch.waiting + batch.running + coming > 0;
    const waiting = batch.rows.filter((row) => row.status === "PENDING");
    const share = all ? (batch.progress * batch.rows.length) / all : 0;
    const number = (/** @type {number} */ value) => i18n.number(value);
    const button = (/** @type {string} */ testid, /** @type {string} */ label, /** @type {() => unknown} */ act) => html`
      <button class="button small" data-testid=${testid} ?disabled=${!app.connected} @click=${act}>${label}</button>
    `;
    return html`
      <div class="batch" data-testid="batch" data-open=${open}>
        <div class="job-head">
          ${open ? html`<span class="pulse" aria-hidden="true"></span>` : icon(batch.failed ? "warning" : "check")}
          <span class="job-stage">
            ${t("ui.batch.head", { command: `/${message.command}`, done: number(batch.done), all: number(all) })}
          </span>
          ${open ? html`<span class="job-percent">${i18n.percent(share)}</span>` : nothing}
        </div>
        <progress
          class="bar"
          data-testid="batch-bar"
          max="1"
          .value=${share}
          aria-label=${t("ui.progress", { command: message.command })}
        ></progress>
        ${coming ? html`<p class="hint">${t("ui.batch.coming", { count: number(coming) })}</p>` : nothing}
        <ol class="batch-files" aria-label=${t("ui.batch.files")}>
          ${repeat(
            batch.rows,
            (row) => row.id,
            (row) => this.line(app, row, waiting),
          )}
        </ol>
        <div class="queue-tools">
          ${
            batch.waiting
              ? batch.held
                ? button("batch-continue", t("ui.queue.continue"), () => app.batches.pause(id, false))
                : button("batch-pause", t("ui.batch.pause"), () => app.batches.pause(id, true))
              : nothing
          }
          ${open ? button("batch-cancel", t("ui.batch.cancel"), () => app.batches.cancel(id)) : nothing}
          ${batch.failed ? button("batch-retry", t("ui.batch.retry", { count: number(batch.failed) }), () => app.batches.retry(id)) : nothing}
        </div>
      </div>
    `;
  }
}
customElements.define("batch-progress", BatchProgress);
