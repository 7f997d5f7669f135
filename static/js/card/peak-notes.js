import { i18n, t } from "../core/i18n.js";

/** @import { TrackRecord } from "../core/types.js" */

/**
 * What became of peaks that a file could not hold, a sentence each; none where nothing had to be done.
 *
 * @param {Pick<TrackRecord, "levels" | "stems">} record
 * @returns {string[]}
 */
export function peakNotes({ levels, stems = [] }) {
  const lowered = levels.lowered_db ?? 0;
  const own = levels.clipped_samples ?? 0;
  const inStems = stems.reduce((sum, stem) => sum + (stem.clipped_samples ?? 0), 0);
  const gain_db = i18n.number(lowered, { minimumFractionDigits: 1, maximumFractionDigits: lowered < 0.1 ? 2 : 1 });
  return [
    lowered > 0 ? t("ui.peaks.lowered", { gain_db }) : "",
    own ? t("ui.peaks.clipped", { count: i18n.number(own) }) : "",
    inStems ? t("ui.peaks.clipped.stems", { count: i18n.number(inStems) }) : "",
  ].filter(Boolean);
}
