/** @import { PeakSource } from "./peak-source.js" */
/** @import { Timeline } from "./timeline.js" */

const BAR = 2;
const GAP = 1.5;
const LEAST_HEIGHT = 2;

/**
 * Makes a canvas as fine as the screen.
 *
 * @param {HTMLCanvasElement} canvas
 * @returns {{ pen: CanvasRenderingContext2D, width: number, height: number } | null} a pen that counts in CSS pixels
 */
export function sharpened(canvas) {
  const pen = canvas.getContext("2d");
  const { clientWidth: width, clientHeight: height } = canvas;
  if (!pen || !width || !height) return null;
  const ratio = devicePixelRatio || 1;
  const size = { width: Math.round(width * ratio), height: Math.round(height * ratio) };
  if (canvas.width !== size.width || canvas.height !== size.height) Object.assign(canvas, size);
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  pen.clearRect(0, 0, width, height);
  return { pen, width, height };
}

/**
 * Draws what a view holds of a sound as bars, and asks for finer peaks where the view needs them.
 *
 * @param {HTMLCanvasElement} canvas
 * @param {PeakSource} source
 * @param {Timeline} timeline
 * @param {object} how
 * @param {number} how.gain what the peaks are multiplied by
 * @param {string} how.colour
 * @param {string} [how.playedColour] of what lies before `played_s`
 * @param {number} [how.played_s]
 */
export function drawPeaks(canvas, source, timeline, { gain, colour, playedColour = colour, played_s = 0 }) {
  const sharp = sharpened(canvas);
  if (!sharp) return;
  const { pen, width, height } = sharp;
  const bars = Math.max(1, Math.floor(width / (BAR + GAP)));
  const bar_s = timeline.length_s / bars;
  source.want(timeline.from_s, timeline.to_s, bars);
  const level = source.level(timeline.length_s, bars);
  pen.fillStyle = playedColour;
  let played = true;
  for (let bar = 0; bar < bars; bar++) {
    const from_s = timeline.from_s + bar * bar_s;
    if (from_s >= source.duration_s) break;
    if (played && from_s >= played_s) {
      played = false;
      pen.fillStyle = colour;
    }
    const [high, low] = source.between(from_s, from_s + bar_s, level);
    const top = Math.min(1, high * gain);
    const bottom = Math.max(-1, low * gain);
    const size = Math.max(LEAST_HEIGHT, (height / 2) * (top - bottom));
    const y = (height / 2) * (1 - (top + bottom) / 2) - size / 2;
    pen.beginPath();
    pen.roundRect(bar * (BAR + GAP), y, BAR, size, BAR / 2);
    pen.fill();
  }
}
