/** Rows of a warehouse table that changed: those of from ≤ t < to, in milliseconds since the epoch. */
export interface Change {
  table: string;
  from: number;
  to: number;
}

/** The document `mirror`: there once this world was loaded into Snowflake, and from then on what it is behind by. */
export interface MirrorState {
  /** The account, database and schema that show this world. */
  target: string;
  /** Changed since the last copy was begun. */
  owed: Change[];
  /** Being copied; still here at a start, it may be there or not. */
  copying: Change[];
}

/** The document's name. */
export const MIRROR = 'mirror';

const SECOND = 1000;

/** The same changes as few and disjoint ones, in whole seconds, by table and time. */
export function merged(changes: readonly Change[]): Change[] {
  const result: Change[] = [];
  const whole = changes.map(({ table, from, to }) => ({
    table,
    from: Math.floor(from / SECOND) * SECOND,
    to: Math.ceil(to / SECOND) * SECOND,
  }));
  whole.sort((a, b) => (a.table === b.table ? a.from - b.from : a.table < b.table ? -1 : 1));
  for (const change of whole) {
    const last = result.at(-1);
    if (last?.table === change.table && change.from <= last.to) last.to = Math.max(last.to, change.to);
    else result.push(change);
  }
  return result;
}

/** The state after further changes. */
export function owe(state: MirrorState, changes: readonly Change[]): MirrorState {
  return { ...state, owed: merged([...state.owed, ...changes]) };
}

/** The state in which a copy of all that is owed begins. */
export function beginCopy({ target, owed, copying }: MirrorState): MirrorState {
  return { target, owed: [], copying: merged([...copying, ...owed]) };
}
