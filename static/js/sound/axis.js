import { clock, i18n } from "../core/i18n.js";

/** Steps that people read at a glance, times a power of ten. */
const STEPS = [1, 2, 3, 6, 10];
/** Steps of time, seconds. */
const TIMES = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600];

/**
 * The smallest of the round steps that makes at most `most` marks of a range.
 *
 * @param {number} span
 * @param {number} most
 */
export function roundStep(span, most) {
  const rough = Math.max(span, 1e-9) / Math.max(1, most);
  const power = 10 ** Math.floor(Math.log10(rough));
  return (STEPS.find((step) => step * power >= rough * (1 - 1e-9)) ?? 10) * power;
}

/** The same for seconds, on a clock. @param {number} span_s @param {number} most */
export function timeStep(span_s, most) {
  const rough = Math.max(span_s, 1e-9) / Math.max(1, most);
  return TIMES.find((step) => step >= rough * (1 - 1e-9)) ?? Math.ceil(rough / 3600) * 3600;
}

/** The multiples of `step` within a range. @param {number} low @param {number} high @param {number} step */
export function multiples(low, high, step) {
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, at) => Number(((first + at) * step).toPrecision(12)));
}

/**
 * Moments worth a word, at most about `most`, as a clock says them: with as many decimals as tell them apart.
 *
 * @param {number} from_s
 * @param {number} to_s
 * @param {number} most
 */
export function timeMarks(from_s, to_s, most) {
  const step_s = timeStep(to_s - from_s, most);
  const digits = step_s >= 1 ? 0 : step_s >= 0.1 ? 1 : 2;
  const figures = { minimumFractionDigits: digits, maximumFractionDigits: digits };
  const label = (/** @type {number} */ at) => clock(at) + (digits ? i18n.number(at % 1, figures).slice(1) : "");
  return multiples(from_s, to_s, step_s).map((at) => ({ at, label: label(at) }));
}

/**
 * A range that holds `low` and `high` and ends on marks, and the marks.
 *
 * @param {number} low
 * @param {number} high
 * @param {number} most how many marks, about
 * @returns {{ range: [number, number], marks: number[] }}
 */
export function rounded(low, high, most) {
  const step = roundStep(high - low, most);
  const range = /** @type {[number, number]} */ ([
    Math.floor(low / step + 1e-9) * step,
    Math.ceil(high / step - 1e-9) * step,
  ]);
  return { range, marks: multiples(...range, step) };
}

/**
 * Frequencies at 1, 2 and 5 of each power of ten within a range, Hz; `major` are the powers themselves.
 *
 * @param {number} low
 * @param {number} high
 * @returns {{ hz: number, major: boolean }[]}
 */
export function frequencyMarks(low, high) {
  const marks = [];
  for (let power = 10; power <= high; power *= 10) {
    for (const step of [1, 2, 5]) {
      const hz = step * power;
      if (hz >= low && hz <= high) marks.push({ hz, major: step === 1 });
    }
  }
  return marks;
}
