const MOST_BYTES = 2 ** 26;

/** @param {AudioBuffer | undefined} buffer */
const size = (buffer) => (buffer ? 4 * buffer.length * buffer.numberOfChannels : 0);

/** Pieces of sound by their key; those used longest ago go when there are too many. */
export class PieceCache {
  /** Those used last at the end. @type {Map<string, AudioBuffer>} */
  #pieces = new Map();
  /** Bytes of sound held now. */
  bytes = 0;

  /** @param {string} key */
  get(key) {
    const piece = this.#pieces.get(key);
    if (piece) {
      this.#pieces.delete(key);
      this.#pieces.set(key, piece);
    }
    return piece;
  }

  /** @param {string} key @param {AudioBuffer} piece */
  keep(key, piece) {
    this.bytes += size(piece) - size(this.#pieces.get(key));
    this.#pieces.set(key, piece);
    for (const [oldest, old] of this.#pieces) {
      if (this.bytes <= MOST_BYTES) break;
      this.#pieces.delete(oldest);
      this.bytes -= size(old);
    }
  }

  clear() {
    this.#pieces.clear();
    this.bytes = 0;
  }
}
