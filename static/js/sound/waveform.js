import { theme } from "../ui/theme.js";
import { drawPeaks } from "./peak-drawing.js";
import { PeakSource } from "./peak-source.js";

/** @import { Peaks } from "../core/types.js" */
/** @import { LoadPeaks } from "./peak-source.js" */
/** @import { Timeline } from "./timeline.js" */

/** Quiet sounds are stretched to this height, but silence is not. */
const HEIGHT = 0.95;
const SILENCE = 0.001;

/**
 * The waveform of a track on a canvas, as much of it as the timeline shows: the browser decodes nothing for it.
 */
export class Waveform {
  #canvas;
  #timeline;
  #source;
  #at_s = 0;
  #frame = 0;
  /** @type {(() => void)[]} */
  #ends;

  /**
   * @param {HTMLCanvasElement} canvas
   * @param {Timeline} timeline
   * @param {{ peaks: Peaks | null, duration_s: number, load: LoadPeaks }} sound
   */
  constructor(canvas, timeline, { peaks, duration_s, load }) {
    this.#canvas = canvas;
    this.#timeline = timeline;
    this.#source = new PeakSource(peaks, duration_s, load);
    const grown = new ResizeObserver(() => this.#draw());
    grown.observe(canvas);
    this.#ends = [
      timeline.on("change", () => this.#soon()),
      this.#source.on("change", () => this.#soon()),
      theme.on("change", () => this.#soon()),
      () => grown.disconnect(),
      () => this.#source.dispose(),
      () => cancelAnimationFrame(this.#frame),
    ];
  }

  /** How far the sound has come. @param {number} at_s */
  set at_s(at_s) {
    if (at_s === this.#at_s) return;
    this.#at_s = at_s;
    this.#soon();
  }

  destroy() {
    for (const end of this.#ends) end();
  }

  #soon() {
    cancelAnimationFrame(this.#frame);
    this.#frame = requestAnimationFrame(() => this.#draw());
  }

  #draw() {
    const style = getComputedStyle(this.#canvas);
    const { highest } = this.#source;
    drawPeaks(this.#canvas, this.#source, this.#timeline, {
      gain: highest > SILENCE ? HEIGHT / highest : 1,
      colour: style.getPropertyValue("--wave"),
      playedColour: style.getPropertyValue("--wave-played"),
      played_s: this.#at_s,
    });
  }
}
