import { html, nothing, svg } from "/static/vendor/lit/index.js";
import { clock, i18n, t } from "../../core/i18n.js";
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
const DECADES = [20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000];
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

/** Curves of a match with their axes, a legend and their data as a file. */
class MatchPlot extends PageElement {
  static properties = { name: { attribute: false }, chart: { attribute: false } };

  constructor() {
    super();
    this.name = "";
    /** @type {Chart | undefined} */
    this.chart = undefined;
  }

  render() {
    const { chart, name } = this;
    const lines = Object.entries(chart?.lines ?? {}).filter(([, { y }]) => y.some((value) => value !== null));
    if (!chart || !lines.length) return nothing;
    const log = chart.x_unit === "Hz";
    const all = lines.flatMap(([, { x }]) => x);
    const xs = /** @type {[number, number]} */ (log ? [Math.max(20, Math.min(...all)), Math.max(...all)] : span(all));
    const ys = span(
      lines.flatMap(([, { y }]) => y),
      6,
    );
    const unit = i18n.has(`unit.${chart.y_unit}`) ? t(`unit.${chart.y_unit}`) : chart.y_unit;
    const across = log
      ? DECADES.filter((hz) => hz >= xs[0] && hz <= xs[1]).filter((_, at) => at % 2 === 1)
      : Array.from({ length: MARKS + 1 }, (_, at) => xs[0] + ((xs[1] - xs[0]) * at) / MARKS);
    const up = Array.from({ length: MARKS + 1 }, (_, at) => ys[1] - ((ys[1] - ys[0]) * at) / MARKS);
    const title = t(`ui.match.chart.${name}`);
    return html`
      <figure class="match-plot" data-testid="chart-${name}">
        <figcaption>
          <span>${title}<span class="unit">${unit}</span></span>
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
        <svg viewBox="0 0 ${WIDTH} ${HEIGHT}" preserveAspectRatio="none" role="img" aria-label=${title}>
          ${up.map((_, at) => svg`<line class="grid" x1="0" x2=${WIDTH} y1=${(HEIGHT * at) / MARKS} y2=${(HEIGHT * at) / MARKS} />`)}
          ${lines.map(([line, data]) => svg`<path class="line" data-line=${line} d=${drawn(data, xs, ys, log)} />`)}
        </svg>
        <div class="plot-across" aria-hidden="true">
          ${across.map((x) => html`<span>${log ? hertz(x) : clock(x)}</span>`)}
        </div>
        <div class="plot-up" aria-hidden="true">
          ${up.map((y) => html`<span>${i18n.number(y, { maximumFractionDigits: 0 })}</span>`)}
        </div>
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
