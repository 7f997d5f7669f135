import { html } from "/static/vendor/lit/index.js";
import { t } from "../core/i18n.js";
import { heed } from "../core/keys.js";
import { LEAST } from "../store/panes.js";
import { PageElement } from "./element.js";

/** @import { Pane, Panes } from "../store/panes.js" */

const STEP_PX = 16;
const STEPS_WITH_SHIFT = 4;

/**
 * The border of a pane: dragged, moved by the arrow keys (Home and End go to the limits), and put back by a double
 * click. `edge` says on which side of its pane it lies.
 */
class PaneBorder extends PageElement {
  static properties = {
    panes: { attribute: false },
    pane: { attribute: false },
    edge: { attribute: false },
    window_px: { attribute: false },
    width_px: { attribute: false },
  };

  constructor() {
    super();
    /** @type {Panes | undefined} */
    this.panes = undefined;
    /** @type {Pane} */
    this.pane = "card";
    /** @type {"left" | "right"} */
    this.edge = "left";
    this.window_px = 0;
    this.width_px = 0;
    /** Where the pointer took hold, and how wide the pane was then. @type {{ x: number, width_px: number } | null} */
    this.held = null;
  }

  /** @param {number} width_px */
  set(width_px) {
    const { panes, pane } = this;
    panes?.setWidth(pane, Math.min(panes.most(pane, this.window_px), Math.max(LEAST[pane], width_px)));
  }

  /** @param {PointerEvent} event */
  drag(event) {
    const border = /** @type {HTMLElement} */ (event.currentTarget);
    if (event.type === "pointerdown" && event.button === 0) {
      border.setPointerCapture(event.pointerId);
      this.held = { x: event.clientX, width_px: this.width_px };
    } else if (event.type === "pointermove" && this.held) {
      const across = event.clientX - this.held.x;
      this.set(this.held.width_px + (this.edge === "right" ? across : -across));
    } else this.held = null;
    border.dataset.held = String(this.held !== null);
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    const { panes, pane, width_px } = this;
    if (!panes) return;
    const step = (event.shiftKey ? STEPS_WITH_SHIFT : 1) * (this.edge === "right" ? STEP_PX : -STEP_PX);
    heed("border", event, {
      right: () => this.set(width_px + step),
      left: () => this.set(width_px - step),
      narrowest: () => this.set(LEAST[pane]),
      widest: () => this.set(panes.most(pane, this.window_px)),
      reset: () => panes.reset(pane),
    });
  }

  render() {
    const { panes, pane } = this;
    const label = t(`ui.panes.width.${pane}`);
    return html`
      <div
        class="border"
        role="separator"
        tabindex="0"
        aria-orientation="vertical"
        aria-label=${label}
        title=${t("ui.panes.border")}
        aria-valuemin=${LEAST[pane]}
        aria-valuemax=${panes?.most(pane, this.window_px) ?? 0}
        aria-valuenow=${this.width_px}
        data-testid="border-${pane}"
        @pointerdown=${this.drag}
        @pointermove=${this.drag}
        @pointerup=${this.drag}
        @pointercancel=${this.drag}
        @keydown=${this.key}
        @dblclick=${() => panes?.reset(pane)}
      ></div>
    `;
  }
}
customElements.define("pane-border", PaneBorder);
