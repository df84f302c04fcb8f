import { exp, ln } from './maths.js';

/**
 * Zipf's law over ranks 0 .. n-1: rank k is drawn in proportion to (k + 1)^-s. Walker's alias method: one comparison a draw
 * however many ranks there are.
 */
export class Zipf {
  private readonly threshold: Float64Array;
  private readonly alias: Uint32Array;

  constructor(
    private readonly ranks: number,
    exponent: number,
  ) {
    this.threshold = new Float64Array(ranks);
    this.alias = new Uint32Array(ranks);
    this.fill(exponent);
  }

  /** @param unit drawn evenly, 0 <= unit < 1 */
  rankOf(unit: number): number {
    const scaled = unit * this.ranks;
    const column = Math.floor(scaled);
    return scaled - column < (this.threshold[column] ?? 1) ? column : (this.alias[column] ?? 0);
  }

  private fill(exponent: number): void {
    const { ranks, threshold, alias } = this;
    let sum = 0;
    for (let k = 0; k < ranks; k++) sum += threshold[k] = exp(-exponent * ln(k + 1));
    const small: number[] = [];
    const large: number[] = [];
    for (let k = 0; k < ranks; k++) {
      threshold[k] = ((threshold[k] ?? 0) * ranks) / sum;
      ((threshold[k] ?? 0) < 1 ? small : large).push(k);
    }
    while (small.length > 0 && large.length > 0) {
      const [low, high] = [small.pop() ?? 0, large.pop() ?? 0];
      alias[low] = high;
      threshold[high] = (threshold[high] ?? 0) + (threshold[low] ?? 0) - 1;
      ((threshold[high] ?? 0) < 1 ? small : large).push(high);
    }
    // What is left would be 1 but for rounding.
    for (const k of [...small, ...large]) threshold[k] = 1;
  }
}
