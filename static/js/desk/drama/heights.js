/**
 * Heights of the rows of a long list, with sums from the top: a Fenwick tree, so that a row that turns out higher than
 * it was thought costs a few steps, however long the list.
 */
export class Heights {
  #heights;
  #sums;

  /** @param {readonly number[]} heights as far as they are known, px */
  constructor(heights) {
    this.#heights = Float64Array.from(heights);
    this.#sums = new Float64Array(heights.length + 1);
    for (let at = 1; at < this.#sums.length; at++) {
      this.#sums[at] = /** @type {number} */ (this.#sums[at]) + /** @type {number} */ (heights[at - 1]);
      const parent = at + (at & -at);
      if (parent < this.#sums.length) this.#sums[parent] = /** @type {number} */ (this.#sums[parent]) + /** @type {number} */ (this.#sums[at]);
    }
  }

  get count() {
    return this.#heights.length;
  }

  get total() {
    return this.top(this.count);
  }

  /** @param {number} row @returns {number} px above it */
  top(row) {
    let sum = 0;
    for (let at = Math.min(row, this.count); at > 0; at -= at & -at) sum += /** @type {number} */ (this.#sums[at]);
    return sum;
  }

  /** @param {number} row @param {number} height */
  set(row, height) {
    const by = height - (this.#heights[row] ?? height);
    if (!by) return;
    this.#heights[row] = height;
    for (let at = row + 1; at < this.#sums.length; at += at & -at) this.#sums[at] = /** @type {number} */ (this.#sums[at]) + by;
  }

  /** @param {number} y @returns {number} the row there; the first or the last one beyond the ends */
  at(y) {
    let row = 0;
    let left = y;
    for (let step = 2 ** Math.floor(Math.log2(Math.max(1, this.count))); step >= 1; step /= 2) {
      const sum = this.#sums[row + step];
      if (sum === undefined || sum > left) continue;
      row += step;
      left -= sum;
    }
    return Math.max(0, Math.min(this.count - 1, row));
  }
}
