import { html } from "/static/vendor/lit/index.js";
import { seekTo, showPlayed } from "../sound/plot.js";
import { Timeline } from "../sound/timeline.js";
import { PageElement } from "../ui/element.js";

/** @import { TrackRecord } from "../core/types.js" */

/** A picture of what the timeline shows of a track, with a playhead, made when it is opened. */
export class TrackPlot extends PageElement {
  static properties = {
    record: { attribute: false },
    timeline: { attribute: false },
    at_s: { attribute: false },
    opened: { state: true },
  };

  constructor() {
    super();
    /** @type {TrackRecord | undefined} */
    this.record = undefined;
    this.timeline = new Timeline();
    this.at_s = 0;
    this.opened = false;
  }

  attend() {
    const grown = new ResizeObserver(() => this.draw());
    grown.observe(this);
    this.own(
      () => grown.disconnect(),
      this.timeline.on("change", () => {
        showPlayed(this, this.timeline.share(this.at_s));
        this.draw();
      }),
    );
  }

  /** @param {Map<string, unknown>} _changed */
  updated(_changed) {
    showPlayed(this, this.timeline.share(this.at_s));
  }

  /** Draws what is in view. */
  draw() {}

  /** @param {MouseEvent} event */
  pointed = (event) => seekTo(event, this.timeline);

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
