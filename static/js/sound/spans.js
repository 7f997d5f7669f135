/** @typedef {{ from: number, to: number }} Range samples `from` up to `to` */
/** @typedef {{ from: number, count: number, next: number | null }} Span what is played in one piece, and what follows */

const PIECE_S = 3;
const LARGEST_SPAN_BYTES = 2 ** 24;
const SHORTEST_S = 0.25;

/**
 * How many samples are fetched at once: three seconds, fewer where all stems together would take much memory.
 *
 * @param {number} rate_hz
 * @param {number} channels of all stems together
 */
export function pieceLength(rate_hz, channels) {
  const most = Math.floor(LARGEST_SPAN_BYTES / (4 * Math.max(1, channels)));
  return Math.max(Math.round(SHORTEST_S * rate_hz), Math.min(PIECE_S * rate_hz, most));
}

/**
 * The piece that is played from `at` on. Pieces end on multiples of `piece`, so that one that was fetched is met again
 * after a jump; none is shorter than a quarter of that unless the end leaves no more. A repeated range is never left.
 *
 * @param {number} at
 * @param {object} plan
 * @param {number} plan.samples length of the track
 * @param {number} plan.piece
 * @param {Range | null} plan.repeat
 * @returns {Span | null} null when nothing is left to play
 */
export function spanAt(at, { samples, piece, repeat }) {
  const end = repeat ? Math.min(repeat.to, samples) : samples;
  const from = repeat && (at < repeat.from || at >= end) ? repeat.from : at;
  if (from >= end) return null;
  let to = (Math.floor(from / piece) + 1) * piece;
  if (to - from < piece / 4) to += piece;
  if (end - to < piece / 4) to = end;
  return { from, count: to - from, next: to < end ? to : repeat ? repeat.from : null };
}
