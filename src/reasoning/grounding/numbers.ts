/** Numbers as texts write them: with units, rounded, grouped by thousands. */

export interface NumberMention {
  text: string;
  value: number;
  decimals: number;
  unit: string;
  /** The text calls it a limit: "above 0.3", "limit 1000 ms". */
  asLimit: boolean;
}

const UNIT = /^[\s-]?(%|percent|percentage points?|points?|ms|s|seconds?|min|minutes?|h|hours?|k|M)(?![\w])/;
const NUMBER = /\d+(?:\.\d+)?e[-+]?\d+|\d{1,3}(?:[,\u00a0\u202f ]\d{3})+(?!\d)(?:\.\d+)?|\d*\.\d+|\d+/gi;

/** Words that make a number a limit, and not a measured value. */
const LIMIT_BEFORE =
  /\b(limits?|thresholds?|gate|policy|minimum|maximum|holdout|needs?|takes|require[sd]?)\b[^\d.;]{0,25}$|\b(below|under|above|over|beyond|at least|at most|(?:more|less|higher|lower|greater) than|exceed(?:s|ed|ing)?)\b[^\d.;]{0,25}$|[<>≤≥]=?\s?$/i;
const LIMIT_AFTER =
  /^[\s%a-z-]{0,8}\b(limit|threshold|minimum|maximum|gate)\b|^[^.;]{0,35}\b(needed|required)\b/i;

/** The unit and such words are looked for this far around a number; characters. */
const AROUND = 50;

/** Every number of a text with its decimals and unit; thousands may be parted by commas or spaces. */
export function numbersIn(text: string): NumberMention[] {
  return [...text.matchAll(NUMBER)].map((match) => {
    const plain = match[0].replace(/[,\u00a0\u202f ]/g, '');
    const before = text.slice(Math.max(0, match.index - AROUND), match.index);
    const after = text.slice(match.index + match[0].length, match.index + match[0].length + AROUND);
    const unit = UNIT.exec(after)?.[1] ?? '';
    const decimals = /e/i.test(plain) ? 12 : (plain.split('.')[1]?.length ?? 0);
    const asLimit = LIMIT_BEFORE.test(before) || LIMIT_AFTER.test(after);
    return { text: `${match[0]}${unit && ` ${unit}`}`, value: Number(plain), decimals, unit, asLimit };
  });
}

/** Powers between how a number is stored and how its unit is written: 0.81 is 81 %, 1200 ms are 1.2 s. */
const SCALES: Record<string, readonly number[]> = {
  '': [1],
  '%': [100, 1],
  ms: [1, 1000],
  s: [1, 1e-3],
  min: [1, 1 / 60, 1 / 60_000],
  h: [1, 1 / 60, 1 / 3600, 1 / 3_600_000],
  k: [1e-3],
  M: [1e-6],
};
const UNITS: Record<string, string> = { p: '%', '%': '%', k: 'k', M: 'M', h: 'h', s: 's' };
const scalesOf = (unit: string) => {
  if (unit === 'ms') return SCALES.ms!;
  if (unit.startsWith('min')) return SCALES.min!;
  return SCALES[UNITS[unit[0] ?? ''] ?? '']!;
};

/** Small whole numbers count things and must be exact; others may be rounded as written, large ones by half a percent. */
export function isNear(known: number, { value, decimals, unit }: NumberMention): boolean {
  return scalesOf(unit).some((scale) => {
    const distance = Math.abs(Math.abs(known * scale) - value);
    if (decimals === 0 && unit === '' && value < 10) return distance < 1e-9;
    return (
      distance <= 0.5 * 10 ** -decimals + 1e-9 ||
      (decimals === 0 && value >= 100 && distance <= value * 0.005)
    );
  });
}
