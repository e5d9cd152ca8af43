import { ksPValue } from '../domain/stats/ks.ts';
import { ksStatistic } from '../domain/stats/ks-statistic.ts';
import { PSI_BINS, type Psi, psi, psiCells, psiEdges } from '../domain/stats/psi.ts';
import type { Numbers } from './columns.ts';

const DECILES = Array.from({ length: PSI_BINS - 1 }, (_, i) => (i + 1) / PSI_BINS);

/** The exact two-sample KS test of two columns; null where one has no value. Equals `scipy.stats.ks_2samp`. */
export function exactKs(reference: Numbers, current: Numbers): { statistic: number; p_value: number } | null {
  const [n, m] = [reference.values.length, current.values.length];
  if (n === 0 || m === 0) return null;
  const statistic = ksStatistic(reference.values, current.values);
  return { statistic, p_value: ksPValue(statistic, n, m) };
}

/** PSI of design §2 between the reference's deciles; rows without a value are a cell of their own. */
export function numbersPsi(reference: Numbers, current: Numbers): Psi {
  const sorted = reference.values.toSorted();
  const edges = psiEdges(
    DECILES.map((p) => quantile(sorted, p)),
    sorted[0],
  );
  const cells = ({ values, nulls }: Numbers) => {
    const counts = new Array<number>(edges.length + 1).fill(0);
    for (const value of values) {
      let cell = 0;
      while (cell < edges.length && value > edges[cell]!) cell++;
      counts[cell]!++;
    }
    return { counts, nulls };
  };
  return psi(...psiCells(cells(reference), cells(current)));
}

/** Linear interpolation between order statistics, numpy's default; NaN of no values. */
function quantile(sorted: Float64Array, p: number): number {
  const place = (sorted.length - 1) * p;
  const low = Math.floor(place);
  const [value, above] = [sorted[low] ?? Number.NaN, sorted[low + 1] ?? sorted[low] ?? Number.NaN];
  return value + (above - value) * (place - low);
}
