import { html, nothing } from "/static/vendor/lit/index.js";
import { t } from "../core/i18n.js";
import { aboutLine } from "../store/about.js";
import { AppElement } from "../ui/app-element.js";
import { icon } from "../ui/icons.js";

/** @import { JobRow } from "../core/types.js" */
/** @import { App } from "../store/app.js" */
/** @typedef {{ up: number, down: number }} Places positions in the queue to which a waiting job can go; 0 where it cannot */

const DRAGGED = "application/x-job";

/** A list of jobs whose order can be changed, by the pointer or by buttons. */
export class JobList extends AppElement {
  /** How classes and test ids of its lines begin. */
  kind = "queue";

  /** @param {App} app @param {JobRow} row @param {number} position */
  async move(app, row, position) {
    await app.jobs.move(row.id, position);
    await this.updateComplete;
    /** @type {HTMLElement | null} */ (this.querySelector(`[data-job-id="${row.id}"] .handle`))?.focus();
  }

  /**
   * @param {"up" | "down" | "close" | "rerun"} drawing
   * @param {string} label
   * @param {boolean} off
   * @param {() => void} act
   */
  tool(drawing, label, off, act) {
    return html`
      <button
        class="icon-button tiny ${drawing === "up" || drawing === "down" ? "handle" : ""}"
        data-testid="${this.kind}-${drawing}"
        aria-label=${label}
        title=${label}
        ?disabled=${off}
        @click=${act}
      >
        ${icon(drawing)}
      </button>
    `;
  }

  /** @param {App} app @param {JobRow} row @param {string} words */
  cancelTool(app, row, words) {
    const { jobs } = app;
    return this.tool("close", t("ui.queue.cancel", { words }), jobs.stopping.has(row.id), () => void jobs.cancel(row.id));
  }

  /**
   * @param {App} app
   * @param {JobRow} row
   * @param {Places | null} places null where the job does not wait
   * @param {unknown} said what stands before the buttons
   * @param {unknown} last the button that stands after those that move it
   */
  line(app, row, places, said, last) {
    const words = aboutLine(app, row.about);
    const mover = (/** @type {"up" | "down"} */ way, /** @type {number} */ to) =>
      this.tool(way, t(`ui.queue.${way}`, { words }), !to, () => void this.move(app, row, to));
    return html`
      <li
        class="queue-row ${this.kind}-row"
        data-testid="${this.kind}-row"
        data-job-id=${row.id}
        data-status=${row.status}
        draggable=${places ? "true" : "false"}
        @dragstart=${(/** @type {DragEvent} */ event) => event.dataTransfer?.setData(DRAGGED, row.id)}
        @dragover=${(/** @type {DragEvent} */ event) => {
          if (places && event.dataTransfer?.types.includes(DRAGGED)) event.preventDefault();
        }}
        @drop=${(/** @type {DragEvent} */ event) => {
          const dragged = app.jobs.get(event.dataTransfer?.getData(DRAGGED) ?? "");
          if (!dragged || !places) return;
          event.preventDefault();
          void this.move(app, dragged, row.position ?? 1);
        }}
      >
        ${said} ${places ? html`${mover("up", places.up)} ${mover("down", places.down)}` : nothing} ${last}
      </li>
    `;
  }

  /** @param {string} id @param {string} label @param {() => unknown} act @param {boolean} [off] */
  button(id, label, act, off = false) {
    return html`<button class="button small" data-testid=${id} ?disabled=${off} @click=${act}>${label}</button>`;
  }
}
