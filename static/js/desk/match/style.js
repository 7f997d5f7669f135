import { isObject } from "../../core/json.js";

/** @import { Schema, SchemaField, Values } from "../../core/types.js" */

/**
 * One section of the equaliser.
 *
 * @typedef {{ type: "peaking" | "low_shelf" | "high_shelf", f_hz: number, q: number, gain_db: number }} EqBand
 *
 * A style as `engine/match/style.py` has it; parts that do nothing are null. `side_eq` is younger than some records.
 * @typedef {Values & { eq: EqBand[], side_eq?: EqBand[] }} Style
 *
 * One number of a style that can be moved: where it stands, its limits, and what it is called.
 * @typedef {object} Knob
 * @property {(string | number)[]} path from the style to the number
 * @property {string} name of the field
 * @property {number} value
 * @property {number} minimum
 * @property {number} maximum
 * @property {string} unit
 */

/** Aspect -> the parts of a style that serve it. */
export const PARTS = /** @type {const} */ ({
  tone: ["eq", "exciter"],
  loudness: ["lufs"],
  dynamics: ["compressor"],
  space: ["reverb"],
  width: ["side_eq", "stereo"],
  pitch: ["pitch"],
});
export const ASPECTS = /** @type {(keyof typeof PARTS)[]} */ (Object.keys(PARTS));

export const EQ = { lowest_hz: 20, highest_hz: 20_000, most_db: 12, least_q: 0.3, most_q: 4 };

/** Part -> its definition in the schema. @type {Record<string, string>} */
const DEFINITIONS = {
  pitch: "Pitch",
  compressor: "CompressorSettings",
  exciter: "ExciterSettings",
  reverb: "ReverbSettings",
  stereo: "StereoSettings",
  lufs: "LoudnessTarget",
  limiter: "LimiterSettings",
};

/** Edges of bands are no matter of taste. */
const ELSEWHERE = new Set(["high_hz"]);

/**
 * Gain of one section at a frequency, dB: the magnitude of its transfer function (R. Bristow-Johnson, Audio EQ
 * Cookbook) on the unit circle.
 *
 * @param {EqBand} band
 * @param {number} f_hz
 * @param {number} rate_hz
 */
export function bandGain({ type, f_hz: centre, q, gain_db }, f_hz, rate_hz) {
  if (centre > 0.49 * rate_hz) return 0; // the renderer leaves it out
  const a = 10 ** (gain_db / 40);
  const w = (2 * Math.PI * centre) / rate_hz;
  const cos = Math.cos(w);
  const alpha = Math.sin(w) / (2 * q);
  const [numerator, denominator] =
    type === "peaking"
      ? [
          [1 + alpha * a, -2 * cos, 1 - alpha * a],
          [1 + alpha / a, -2 * cos, 1 - alpha / a],
        ]
      : shelf(a, cos, alpha, type === "low_shelf" ? 1 : -1);
  const at = (2 * Math.PI * f_hz) / rate_hz;
  return 10 * Math.log10(power(numerator, at) / power(denominator, at));
}

/** @param {number} a @param {number} cos @param {number} alpha @param {1 | -1} side low or high @returns {number[][]} */
function shelf(a, cos, alpha, side) {
  const slope = 2 * Math.sqrt(a) * alpha;
  const sum = a + 1;
  const less = a - 1;
  const turned = side * less * cos;
  return [
    [a * (sum - turned + slope), side * 2 * a * (less - side * sum * cos), a * (sum - turned - slope)],
    [sum + turned + slope, -side * 2 * (less + side * sum * cos), sum + turned - slope],
  ];
}

/** Squared magnitude of b0 + b1 z^-1 + b2 z^-2. @param {number[]} b @param {number} w */
function power([b0 = 0, b1 = 0, b2 = 0], w) {
  const re = b0 + b1 * Math.cos(w) + b2 * Math.cos(2 * w);
  const im = b1 * Math.sin(w) + b2 * Math.sin(2 * w);
  return re * re + im * im;
}

/** @param {readonly EqBand[]} bands @param {number} f_hz @param {number} rate_hz */
export const eqGain = (bands, f_hz, rate_hz) => bands.reduce((sum, band) => sum + bandGain(band, f_hz, rate_hz), 0);

/** @param {number} value @param {number} low @param {number} high */
export const clamp = (value, low, high) => Math.min(high, Math.max(low, value));

/** @param {EqBand} band with whatever values @returns {EqBand} within the limits, at a sensible precision */
export function legalBand({ type, f_hz, q, gain_db }) {
  const hz = clamp(f_hz, EQ.lowest_hz, EQ.highest_hz);
  return {
    type,
    f_hz: Number(hz.toPrecision(5)),
    q: Number(clamp(q, EQ.least_q, EQ.most_q).toFixed(3)),
    gain_db: Number(clamp(gain_db, -EQ.most_db, EQ.most_db).toFixed(2)),
  };
}

/**
 * A copy of `whole` with another value at the end of the path.
 *
 * @template T
 * @param {T} whole
 * @param {readonly (string | number)[]} path
 * @param {unknown} value
 * @returns {T}
 */
export function changed(whole, [step, ...rest], value) {
  if (step === undefined) return /** @type {T} */ (value);
  if (Array.isArray(whole)) {
    return /** @type {T} */ (whole.map((item, at) => (at === step ? changed(item, rest, value) : item)));
  }
  const held = /** @type {Record<string, unknown>} */ (whole ?? {});
  return /** @type {T} */ ({ ...held, [step]: changed(held[step], rest, value) });
}

/** @param {SchemaField} field with a default that may be null @returns {SchemaField} its number */
const numeric = (field) => ({ ...(field.anyOf ?? []).find((part) => part.type === "number"), ...field });

/** @param {string} definition @param {Schema} schema */
function fieldsOf(definition, schema) {
  const held = /** @type {Partial<Schema> | undefined} */ (schema.$defs?.[definition]);
  return held?.properties ?? {};
}

/**
 * The numbers of one part of a style, as its schema names them; bands one after the other.
 *
 * @param {Style} style
 * @param {string} part
 * @param {Schema} schema of a style
 * @returns {Knob[]}
 */
export function knobs(style, part, schema) {
  const held = style[part];
  if (!isObject(held)) return [];
  return numbers(held, [part], DEFINITIONS[part] ?? "", schema);
}

/** @param {Record<string, unknown>} held @param {(string | number)[]} path @param {string} definition @param {Schema} schema @returns {Knob[]} */
function numbers(held, path, definition, schema) {
  const properties = fieldsOf(definition, schema);
  return Object.entries(properties).flatMap(([name, raw]) => {
    const value = held[name];
    if (name === "bands" && Array.isArray(value)) {
      if (definition === "StereoSettings" && value.length === 1) return []; // the width of all bands is that of the only one
      const inner = definition === "StereoSettings" ? "StereoBandSettings" : "CompressorBand";
      return value.flatMap((band, at) => (isObject(band) ? numbers(band, [...path, name, at], inner, schema) : []));
    }
    const field = numeric(raw);
    if (typeof value !== "number" || ELSEWHERE.has(name)) return [];
    if (field.minimum === undefined || field.maximum === undefined) return [];
    return [{ path: [...path, name], name, value, minimum: field.minimum, maximum: field.maximum, unit: field.unit ?? "" }];
  });
}

/** A part as it is when nobody set anything: for one that the match did not need. @param {string} part @param {Schema} schema */
export function plainPart(part, schema) {
  const properties = fieldsOf(DEFINITIONS[part] ?? "", schema);
  return Object.fromEntries(
    Object.entries(properties)
      .filter(([, field]) => field.default !== undefined)
      .map(([name, field]) => [name, field.default]),
  );
}

const STEPS = 1000;

/** Wide ranges of what is heard in proportion move in proportion. @param {Knob} knob */
const inProportion = ({ minimum, maximum }) => minimum > 0 && maximum / minimum > 30;

/** Where a slider of 0 to 1000 stands. @param {Knob} knob */
export function toSlider(knob) {
  const { value, minimum, maximum } = knob;
  if (inProportion(knob)) return Math.round((STEPS * Math.log(value / minimum)) / Math.log(maximum / minimum));
  return Math.round((STEPS * (value - minimum)) / (maximum - minimum));
}

/** The value that a slider's place stands for, in three digits. @param {Knob} knob @param {number} place 0 to 1000 */
export function fromSlider(knob, place) {
  const { minimum, maximum } = knob;
  const share = place / STEPS;
  const value = inProportion(knob) ? minimum * (maximum / minimum) ** share : minimum + share * (maximum - minimum);
  const digits = inProportion(knob) ? Number(value.toPrecision(3)) : Number(value.toFixed(maximum - minimum > 20 ? 1 : 3));
  return clamp(digits, minimum, maximum);
}
