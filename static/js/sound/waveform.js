import WaveSurfer from "/static/vendor/wavesurfer.js/dist/wavesurfer.esm.js";

/** @import { Peaks, TrackRecord } from "../core/types.js" */
/** @import { TrackMedia } from "./track-media.js" */

/** A level line, where the peaks cannot be had. */
const FLAT = [[0], [0]];

/** The colours of the style sheet as they are now. @param {HTMLElement} element */
export function waveColours(element) {
  const style = getComputedStyle(element);
  const colour = (/** @type {string} */ name) => style.getPropertyValue(name).trim();
  return { waveColor: colour("--wave"), progressColor: colour("--wave-played"), cursorColor: colour("--wave-cursor") };
}

/**
 * The waveform of a track, drawn from the server's peaks: the browser decodes nothing for it.
 *
 * @param {HTMLElement} container
 * @param {TrackMedia} media
 * @param {TrackRecord} record
 * @param {Peaks | null} peaks
 */
export const drawWaveform = (container, media, record, peaks) =>
  WaveSurfer.create({
    container,
    media: /** @type {HTMLMediaElement} */ (/** @type {unknown} */ (media)),
    peaks: peaks?.peaks ?? FLAT,
    duration: record.duration_s,
    height: "auto",
    barWidth: 2,
    barGap: 1.5,
    barRadius: 2,
    barMinHeight: 2,
    normalize: true,
    cursorWidth: 1,
    ...waveColours(container),
    dragToSeek: true,
    hideScrollbar: true,
    cspNonce: document.querySelector('meta[name="csp-nonce"]')?.getAttribute("content") ?? undefined,
  });
