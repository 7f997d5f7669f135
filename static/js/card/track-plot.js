import { html } from "/static/vendor/lit/index.js";
import { seekTo, showPlayed } from "../sound/plot.js";
import { PageElement } from "../ui/element.js";

/** @import { TrackRecord } from "../core/types.js" */

/** A picture of the whole track with a playhead, made when it is opened. */
export class TrackPlot extends PageElement {
  static properties = { record: { attribute: false }, at_s: { attribute: false }, opened: { state: true } };

  constructor() {
    super();
    /** @type {TrackRecord | undefined} */
    this.record = undefined;
    this.at_s = 0;
    this.opened = false;
  }

  /** @param {Map<string, unknown>} _changed */
  updated(_changed) {
    showPlayed(this, this.at_s / Math.max(this.record?.duration_s ?? 1, 1e-6));
  }

  /** @param {PointerEvent} event */
  pointed = (event) => seekTo(event, this.record?.duration_s ?? 0);

  /** @param {string} testId @param {string} title @param {unknown} content */
  section(testId, title, content) {
    return html`
      <details
        class="section"
        data-testid=${testId}
        @toggle=${(/** @type {Event} */ event) => (this.opened = /** @type {HTMLDetailsElement} */ (event.target).open)}
      >
        <summary>${title}</summary>
        ${content}
      </details>
    `;
  }
}
