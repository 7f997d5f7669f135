import { i18n, t } from "../core/i18n.js";

/** The server mixes what has more for two ears, and knows where each channel belongs. */
export const MOST_HEARD = 2;

/** Where a sound's channels stand, as people say it: `5.1`, `4.0`, stereo. @param {string} layout as in a record */
export function layoutName(layout) {
  const unplaced = /^(\d+) channels$/.exec(layout);
  if (unplaced) return t("ui.layout.unplaced", { count: i18n.number(Number(unplaced[1])) });
  return i18n.has(`ui.layout.${layout}`) ? t(`ui.layout.${layout}`) : layout;
}
