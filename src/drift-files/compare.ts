import { categoricalPsi, type Psi } from '../domain/stats/psi.ts';
import { filledColumns, levelsOf, numbersOf } from './columns.ts';
import { FileReader, type OpenFile } from './files.ts';
import type { Kind } from './kind.ts';
import { exactKs, numbersPsi } from './numbers.ts';

/** Text with more different values than this is no category but an id or free text. */
export const MAX_LEVELS = 1_000;

/** How far one column has moved. `n_…` are rows, of which `nulls_…` have no value (null, NaN, infinite). */
export interface ColumnDrift {
  kind: 'number' | 'time' | 'category';
  psi: number;
  psi_corrected: number;
  /** Over the rows that have a value. Null for categories, and where one side has no value. */
  ks: { statistic: number; p_value: number } | null;
  n_reference: number;
  n_current: number;
  nulls_reference: number;
  nulls_current: number;
}

export interface FileDrift {
  columns: Record<string, ColumnDrift>;
  only_in_reference: string[];
  only_in_current: string[];
  /** Columns of both files that have no comparison, with the reason. */
  not_compared: Record<string, string>;
}

/**
 * Drift of every column that two CSV or Parquet files share: PSI (design §2) between the reference's deciles, or over the
 * levels of a category, and the exact KS test. A column without any value is compared as what it is in the other file.
 * Memory: two columns of numbers at a time, with a sorted copy: some 16 bytes for each row of each file.
 * @throws UnreadableFileError
 */
export async function compareFiles(referenceFile: string, currentFile: string): Promise<FileDrift> {
  await using reader = await FileReader.create();
  const reference = await reader.open(referenceFile, 'reference');
  const current = await reader.open(currentFile, 'current');
  const shared = [...reference.columns.keys()].filter((name) => current.columns.has(name));
  const columns = new Map<string, ColumnDrift>();
  const reasons = new Map<string, string>();
  const answer = (): FileDrift => ({
    // A column may have any name, __proto__ too.
    columns: Object.fromEntries(columns),
    only_in_reference: [...reference.columns.keys()].filter((name) => !current.columns.has(name)),
    only_in_current: [...current.columns.keys()].filter((name) => !reference.columns.has(name)),
    not_compared: Object.fromEntries(reasons),
  });
  if (shared.length === 0) return answer();
  const filled = {
    reference: await filledColumns(reader.connection, reference.relation, shared),
    current: await filledColumns(reader.connection, current.relation, shared),
  };
  for (const name of shared) {
    const was = filled.reference.has(name) ? reference.columns.get(name)! : null;
    const is = filled.current.has(name) ? current.columns.get(name)! : null;
    const kind = was ?? is ?? 'category';
    if (is !== null && is !== kind) {
      reasons.set(name, `${PLURAL[kind]} in the reference, ${PLURAL[is]} in the current file`);
    } else if (kind === 'other') {
      reasons.set(name, 'nested values and bytes have no distribution to compare');
    } else {
      const column = await compareColumn(reader, reference, current, name, kind);
      if (typeof column === 'string') reasons.set(name, column);
      else columns.set(name, column);
    }
  }
  return answer();
}

const PLURAL: Record<Kind, string> = {
  number: 'numbers',
  time: 'times',
  category: 'text or booleans',
  other: 'nested values or bytes',
};

/** The comparison, or the reason why there is none. */
async function compareColumn(
  { connection }: FileReader,
  reference: OpenFile,
  current: OpenFile,
  name: string,
  kind: ColumnDrift['kind'],
): Promise<ColumnDrift | string> {
  const about = (
    { raw, corrected }: Psi,
    ks: ColumnDrift['ks'],
    was: { nulls: number },
    is: { nulls: number },
  ): ColumnDrift => ({
    kind,
    psi: raw,
    psi_corrected: corrected,
    ks,
    n_reference: reference.rows,
    n_current: current.rows,
    nulls_reference: was.nulls,
    nulls_current: is.nulls,
  });
  if (kind === 'category') {
    const was = await levelsOf(connection, reference.relation, name, MAX_LEVELS);
    const is = await levelsOf(connection, current.relation, name, MAX_LEVELS);
    if (was.levels === null || is.levels === null)
      return `text with more than ${MAX_LEVELS} different values, such as ids, has no distribution to compare`;
    const nulls = { reference: was.nulls, current: is.nulls };
    return about(categoricalPsi(was.levels, is.levels, nulls), null, was, is);
  }
  const was = await numbersOf(connection, reference, name, kind);
  const is = await numbersOf(connection, current, name, kind);
  return about(numbersPsi(was, is), exactKs(was, is), was, is);
}
