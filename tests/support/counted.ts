import { type Cells, REFERENCE_PROBABILITIES, referenceCells } from '../../src/domain/stats/drift.ts';
import { PLACES, placeOf } from '../../src/domain/stats/grid.ts';

/** What the warehouse answers, computed from the values themselves. */

/** Quantiles of ascending values, interpolated linearly; none of no values. */
export function quantilesOf(sorted: ArrayLike<number>, probabilities: readonly number[]): number[] {
  if (sorted.length === 0) return [];
  return probabilities.map((p) => {
    const at = (sorted.length - 1) * p;
    const [low, high] = [sorted[Math.floor(at)]!, sorted[Math.ceil(at)]!];
    return low === high ? low : low + (high - low) * (at - Math.floor(at));
  });
}

/** The cells of a reference that has these ascending values. */
export const cellsOf = (sorted: ArrayLike<number>) =>
  referenceCells(quantilesOf(sorted, REFERENCE_PROBABILITIES));

/** `n` values counted over the cells. */
export function countOver({ grid, edges }: Cells, n: number, next: (i: number) => number): number[] {
  const held = new Uint32Array(PLACES);
  for (let i = 0; i < n; i++) held[placeOf(grid, next(i))]!++;
  const counts = new Array<number>(edges.length + 1).fill(0);
  let cell = 0;
  held.forEach((count, place) => {
    while (cell < edges.length && place > edges[cell]!) cell++;
    counts[cell]! += count;
  });
  return counts;
}
