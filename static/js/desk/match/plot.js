import { html, nothing, svg } from "/static/vendor/lit/index.js";
import { i18n, t } from "../../core/i18n.js";
import { frequencyMarks, rounded, timeMarks } from "../../sound/axis.js";
import { PageElement } from "../../ui/element.js";
import { save } from "../../ui/files.js";
import { icon } from "../../ui/icons.js";

/**
 * Curves over one axis, as `details.match.charts` holds them; a null breaks the line.
 *
 * @typedef {{ x: number[], y: (number | null)[] }} Line
 * @typedef {{ x_unit: string, y_unit: string, lines: Record<string, Line> }} Chart
 */

export const WIDTH = 600;
export const HEIGHT = 180;
const MARKS = 4;

/** @param {number} hz */
export const hertz = (hz) => (hz >= 1000 ? `${i18n.number(hz / 1000)} ${t("unit.kHz")}` : `${i18n.number(hz)} ${t("unit.Hz")}`);

/**
 * The smallest and the largest of the values, apart from each other.
 *
 * @param {readonly (number | null)[]} values
 * @param {number} least how far apart at least
 * @returns {[number, number]}
 */
export function span(values, least = 1) {
  const held = values.filter((value) => value !== null);
  let low = Math.min(...held);
  let high = Math.max(...held);
  if (!held.length) [low, high] = [0, 1];
  const lacking = Math.max(0, least - (high - low)) / 2;
  return [low - lacking, high + lacking];
}

/** @param {number} x @param {readonly [number, number]} range @param {boolean} log where it lies, 0..1 */
export function place(x, [low, high], log) {
  if (!log) return (x - low) / Math.max(high - low, 1e-12);
  return Math.log(Math.max(x, 1e-6) / low) / Math.log(high / low);
}

/**
 * The line as the `d` of an SVG path.
 *
 * @param {Line} line
 * @param {readonly [number, number]} xs
 * @param {readonly [number, number]} ys
 * @param {boolean} log
 */
export function drawn({ x, y }, xs, ys, log) {
  let pen = "M";
  const parts = [];
  for (const [at, value] of y.entries()) {
    const where = x[at];
    if (value === null || where === undefined) {
      pen = "M";
      continue;
    }
    const left = WIDTH * place(where, xs, log);
    const top = HEIGHT * (1 - place(value, ys, false));
    parts.push(`${pen}${left.toFixed(1)} ${top.toFixed(1)}`);
    pen = "L";
  }
  return parts.join("");
}

/**
 * One axis of a plot: its ends, and what stands where.
 *
 * @typedef {object} Axis
 * @property {readonly [number, number]} range
 * @property {boolean} [log]
 * @property {{ at: number, label: string, minor?: boolean }[]} marks
 */

/** @param {readonly [number, number]} range @returns {Axis} of frequencies, Hz */
export const frequencyAxis = (range) => ({
  range,
  log: true,
  marks: frequencyMarks(...range).map(({ hz, major }) => ({ at: hz, label: hertz(hz), minor: !major })),
});

/** @param {readonly [number, number]} range seconds @returns {Axis} */
const timeAxis = (range) => ({ range, marks: timeMarks(...range, MARKS) });

/** @param {number} low @param {number} high @param {number} [most] marks, about @returns {Axis} that holds these levels */
export function levelAxis(low, high, most = MARKS) {
  const { range, marks } = rounded(low, high, most);
  return { range, marks: marks.map((at) => ({ at, label: i18n.number(at, { maximumFractionDigits: 3 }) })) };
}

/** Puts every mark of a frame where it belongs; the style sheet cannot know. @param {Element} root */
export function placeMarks(root) {
  for (const mark of /** @type {NodeListOf<HTMLElement>} */ (root.querySelectorAll("[data-share]"))) {
    mark.style.setProperty("--share", `${100 * Number(mark.dataset.share)}%`);
  }
}

/**
 * A plot with its axes: curves, lines at the marks, and what the marks say. What lies over it comes last.
 *
 * @param {object} plot
 * @param {Axis} plot.across
 * @param {Axis} plot.up
 * @param {string} plot.unit of the axis that goes up
 * @param {string} [plot.label] for readers; without one the picture says nothing that is not said elsewhere
 * @param {unknown} plot.curves
 * @param {unknown} [plot.over]
 */
export function frame({ across, up, unit, label, curves, over }) {
  const left = (/** @type {number} */ x) => place(x, across.range, across.log ?? false);
  const height = (/** @type {number} */ y) => place(y, up.range, false);
  return html`
    <div class="frame">
      <span class="frame-unit" aria-hidden="true">${unit}</span>
      <div class="frame-up" aria-hidden="true">
        ${up.marks.map(({ at, label: said }) => html`<span data-share=${height(at)}>${said}</span>`)}
      </div>
      <div class="frame-area">
        <svg
          viewBox="0 0 ${WIDTH} ${HEIGHT}"
          preserveAspectRatio="none"
          role=${label ? "img" : nothing}
          aria-label=${label ?? nothing}
          aria-hidden=${label ? nothing : "true"}
        >
          ${up.marks.map(({ at }) => {
            const y = HEIGHT * (1 - height(at));
            return svg`<line class="grid" x1="0" x2=${WIDTH} y1=${y} y2=${y} />`;
          })}
          ${across.marks.map(({ at }) => {
            const x = WIDTH * left(at);
            return svg`<line class="grid" x1=${x} x2=${x} y1="0" y2=${HEIGHT} />`;
          })}
          ${curves}
        </svg>
        ${over ?? nothing}
      </div>
      <div class="frame-across" aria-hidden="true">
        ${across.marks.map(({ at, label: said, minor }) => html`<span data-share=${left(at)} ?data-minor=${minor}>${said}</span>`)}
      </div>
    </div>
  `;
}

/** Curves of a match with their axes, a legend and their data as a file. */
class MatchPlot extends PageElement {
  static properties = { name: { attribute: false }, chart: { attribute: false } };

  constructor() {
    super();
    this.name = "";
    /** @type {Chart | undefined} */
    this.chart = undefined;
  }

  updated() {
    placeMarks(this);
  }

  render() {
    const { chart, name } = this;
    const lines = Object.entries(chart?.lines ?? {}).filter(([, { y }]) => y.some((value) => value !== null));
    if (!chart || !lines.length) return nothing;
    const log = chart.x_unit === "Hz";
    const all = lines.flatMap(([, { x }]) => x);
    const across = log ? frequencyAxis([Math.max(20, Math.min(...all)), Math.max(...all)]) : timeAxis(span(all));
    const up = levelAxis(
      ...span(
        lines.flatMap(([, { y }]) => y),
        6,
      ),
    );
    const unit = i18n.has(`unit.${chart.y_unit}`) ? t(`unit.${chart.y_unit}`) : chart.y_unit;
    const title = t(`ui.match.chart.${name}`);
    return html`
      <figure class="match-plot" data-testid="chart-${name}">
        <figcaption>
          <span>${title}</span>
          <button
            class="icon-button tiny"
            data-testid="chart-${name}-data"
            aria-label=${t("ui.match.data.of", { name: title })}
            title=${t("ui.match.data.of", { name: title })}
            @click=${() => save(`${name}.json`, "application/json", `${JSON.stringify(chart)}\n`)}
          >
            ${icon("download")}
          </button>
        </figcaption>
        ${frame({
          across,
          up,
          unit,
          label: title,
          curves: lines.map(
            ([line, data]) => svg`<path class="line" data-line=${line} d=${drawn(data, across.range, up.range, log)} />`,
          ),
        })}
        ${
          lines.length > 1
            ? html`<ul class="legend">
                ${lines.map(([line]) => html`<li data-line=${line}>${t(`ui.match.line.${line.split("_")[0]}`)}${/_(\d+)$/.exec(line)?.[1] ? ` ${/_(\d+)$/.exec(line)?.[1]}` : ""}</li>`)}
              </ul>`
            : nothing
        }
      </figure>
    `;
  }
}
customElements.define("match-plot", MatchPlot);
