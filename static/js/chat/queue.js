import { repeat } from "/static/vendor/lit/directives/repeat.js";
import { html, nothing } from "/static/vendor/lit/index.js";
import { i18n, t } from "../core/i18n.js";
import { aboutLine } from "../store/about.js";
import { JobList } from "./job-list.js";

/** @import { JobRow } from "../core/types.js" */
/** @import { App } from "../store/app.js" */

/** What runs and what waits, in order; the order can be changed, the queue held back and emptied. */
class QueuePanel extends JobList {
  /** @param {App} app @param {JobRow} row @param {number} waiting how many wait */
  row(app, row, waiting) {
    const place = row.position ?? 0;
    const words = aboutLine(app, row.about);
    const running = row.status === "RUNNING";
    const places = running ? null : { up: Math.max(0, place - 1), down: place < waiting ? place + 1 : 0 };
    const said = html`
      <span class="queue-place">${running ? i18n.percent(row.progress) : `${place}.`}</span>
      <span class="queue-words" dir="auto">${words}</span>
    `;
    return this.line(app, row, places, said, this.cancelTool(app, row, words));
  }

  render() {
    const { app } = this;
    const rows = app?.jobs.queue ?? [];
    if (!app || (rows.length < 2 && !app.jobs.paused)) return nothing;
    const { paused } = app.jobs;
    const waiting = rows.filter((row) => row.status === "PENDING").length;
    const running = rows.length - waiting;
    return html`
      <details class="queue" data-testid="queue" open>
        <summary>
          ${t("ui.queue", { running: i18n.number(running), waiting: i18n.number(waiting) })}
          ${paused ? html`<strong class="held">${t("ui.queue.held")}</strong>` : nothing}
        </summary>
        <ol class="queue-list">
          ${repeat(
            rows,
            (row) => row.id,
            (row) => this.row(app, row, waiting),
          )}
        </ol>
        <div class="queue-tools">
          ${paused ? this.button("queue-continue", t("ui.queue.continue"), () => app.jobs.pause(false)) : nothing}
          ${
            running && !paused
              ? html`${this.button("stop-now", t("ui.queue.stop_now"), () => app.jobs.stopNow())}
                ${this.button("stop-after", t("ui.queue.stop_after"), () => app.jobs.pause(true))}`
              : nothing
          }
          ${waiting ? this.button("cancel-waiting", t("ui.queue.cancel_waiting"), () => app.jobs.cancelWaiting()) : nothing}
        </div>
      </details>
    `;
  }
}
customElements.define("queue-panel", QueuePanel);
