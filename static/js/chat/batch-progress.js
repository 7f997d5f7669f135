import { repeat } from "/static/vendor/lit/directives/repeat.js";
import { html, nothing } from "/static/vendor/lit/index.js";
import { address } from "../core/address.js";
import { i18n, t } from "../core/i18n.js";
import { batchOf } from "../store/batches.js";
import { listOf, playableTrack } from "../store/playable.js";
import { icon } from "../ui/icons.js";
import { titleText } from "../ui/title-text.js";
import { JobList } from "./job-list.js";

/** @import { About, JobRow } from "../core/types.js" */
/** @import { App } from "../store/app.js" */
/** @import { Message } from "../store/messages.js" */

/** The sound that this line of the batch is for. @param {About} about */
const fileOf = ({ inputs: [input], text }) => input?.title || text || t("ui.sound.gone");

/** What a file of the batch is going through, in a word or two. @param {JobRow} row */
function fileState(row) {
  if (row.status === "RUNNING") return row.stage ? i18n.stage(row.stage) : t("status.RUNNING");
  if (row.status === "FAILED") return i18n.error(row.error);
  if (row.status === "PENDING" && row.held) return t("ui.queue.held");
  if (row.status === "PENDING" && row.interruptions) return t("ui.interrupted", { attempt: row.interruptions + 1 });
  return t(`ui.batch.state.${row.status}`);
}

/** A batch in the chat: one bar for all, one line for each file. */
class BatchProgress extends JobList {
  static properties = { message: { attribute: false } };

  constructor() {
    super();
    this.kind = "batch";
    /** @type {Message | undefined} */
    this.message = undefined;
    this.asked = "";
  }

  updated() {
    const { app, message } = this;
    const id = message?.batch_id ?? "";
    if (!app?.connected || !id || this.asked === id || batchOf(app.jobs.rows.values(), id).rows.length) return;
    this.asked = id;
    void app.batches.recall(id);
  }

  /** What the batch has come to, in its order. */
  list = listOf("batch", () => {
    const { app, message } = this;
    const rows = app && message?.batch_id ? batchOf(app.jobs.rows.values(), message.batch_id).rows : [];
    return rows.flatMap(({ track_ids, about }) =>
      track_ids
        .filter((id) => !app?.tracks.gone.has(id))
        .map((id) => playableTrack(app?.tracks.row(id) ?? { id, title: fileOf(about) })),
    );
  });

  /** @param {App} app @param {JobRow} row @param {JobRow[]} waiting */
  row(app, row, waiting) {
    const words = fileOf(row.about);
    const place = waiting.indexOf(row);
    const beside = (/** @type {1 | -1} */ step) => waiting[place + step]?.position ?? 0;
    const [track] = row.track_ids;
    const said = html`
      ${
        track && !app.tracks.gone.has(track)
          ? html`<play-button .app=${app} .row=${app.tracks.row(track) ?? { id: track, title: words }} .list=${this.list}></play-button>
              <button class="batch-name link" data-testid="batch-open" dir="auto" @click=${() => app.open(track)}>${titleText(words)}</button>
              <track-wave .app=${app} .row=${app.tracks.row(track) ?? { id: track, title: words }} .list=${this.list}></track-wave>`
          : html`<span class="batch-name" dir="auto">${titleText(words)}</span>`
      }
      <span class="batch-state" data-testid="batch-state">
        ${fileState(row)}${row.status === "RUNNING" ? ` ${i18n.percent(row.progress)}` : ""}
      </span>
    `;
    const last =
      row.status === "FAILED" || row.status === "CANCELED"
        ? this.tool("rerun", t("ui.batch.retry_one", { words }), !app.connected, () => void app.batches.retryOne(row.id))
        : row.status === "COMPLETED"
          ? nothing
          : this.cancelTool(app, row, words);
    return this.line(app, row, place < 0 ? null : { up: beside(-1), down: beside(1) }, said, last);
  }

  render() {
    const { app, message } = this;
    if (!app || !message?.batch_id) return nothing;
    const id = message.batch_id;
    const batch = batchOf(app.jobs.rows.values(), id);
    const coming = app.batches.coming.get(id) ?? 0;
    const { refused } = message;
    const failed = batch.failed + refused.length;
    const all = batch.rows.length + coming + refused.length;
    const open = batch.waiting + batch.running + coming > 0;
    const waiting = batch.rows.filter((row) => row.status === "PENDING");
    const share = all ? (batch.progress * batch.rows.length + refused.length) / all : 0;
    const number = (/** @type {number} */ value) => i18n.number(value);
    const off = !app.connected;
    return html`
      <div class="batch" data-testid="batch" data-open=${open}>
        <div class="job-head">
          ${open ? html`<span class="pulse" aria-hidden="true"></span>` : icon(failed ? "warning" : "check")}
          <span class="job-stage">
            ${t("ui.batch.head", { command: `/${message.command}`, done: number(batch.done), all: number(all) })}${failed ? ` · ${t("ui.batch.failed", { count: number(failed) })}` : ""}
          </span>
          ${open ? html`<span class="job-percent">${i18n.percent(share)}</span>` : nothing}
        </div>
        <progress
          class="bar"
          data-testid="batch-bar"
          max="1"
          .value=${share}
          aria-label=${t("ui.progress", { about: t("ui.batch.head", { command: `/${message.command}`, done: number(batch.done), all: number(all) }) })}
        ></progress>
        ${coming ? html`<p class="hint">${t("ui.batch.coming", { count: number(coming) })}</p>` : nothing}
        <ol class="batch-files" aria-label=${t("ui.batch.files")}>
          ${repeat(
            batch.rows,
            (row) => row.id,
            (row) => this.row(app, row, waiting),
          )}
          ${refused.map(
            ({ name, error }) => html`
              <li class="batch-file" data-testid="batch-refused">
                <span class="batch-name" dir="auto">${name}</span>
                <span class="batch-state" data-testid="batch-state">${i18n.error(error)}</span>
              </li>
            `,
          )}
        </ol>
        <div class="queue-tools">
          ${
            batch.waiting
              ? batch.held
                ? this.button("batch-continue", t("ui.queue.continue"), () => app.batches.pause(id, false), off)
                : this.button("batch-pause", t("ui.batch.pause"), () => app.batches.pause(id, true), off)
              : nothing
          }
          ${open ? this.button("batch-cancel", t("ui.batch.cancel"), () => app.batches.cancel(id), off) : nothing}
          ${
            batch.done > 1
              ? html`<a class="button small" data-testid="batch-zip" href=${address(`/api/batches/${id}/tracks.zip`)} download>${icon("download")} ${t("ui.batch.zip")}</a>`
              : nothing
          }
          ${batch.failed ? this.button("batch-retry", t("ui.batch.retry", { count: number(batch.failed) }), () => app.batches.retry(id), off) : nothing}
        </div>
      </div>
    `;
  }
}
customElements.define("batch-progress", BatchProgress);
