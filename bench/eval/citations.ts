import type { Diagnosis } from '../../src/domain/diagnosis.ts';
import type { Evidence } from '../../src/domain/evidence.ts';

const NUMBER = /(?<![\w.:-])-?\d+(?:[.,]\d+)*(?![\w:-])/g;

/** Every number in a JSON value, in text too. */
function numbersIn(value: unknown, found: number[] = []): number[] {
  if (typeof value === 'number') found.push(value);
  else if (typeof value === 'string')
    for (const text of value.match(NUMBER) ?? []) found.push(Number(text.replaceAll(',', '')));
  else if (typeof value === 'object' && value !== null)
    for (const inner of Object.values(value)) numbersIn(inner, found);
  return found;
}

/**
 * Claims that do not stand on what they cite, as sentences: an id that resolves to no stored item, or a number of three digits
 * or more that no cited item holds, rounded as written, as a share in percent included. Sums and ratios that a claim derives count
 * as found when they follow from two numbers of the items.
 */
export function unfounded(diagnosis: Diagnosis, evidence: readonly Evidence[]): string[] {
  const byId = new Map(evidence.map((item) => [item.id, item]));
  return diagnosis.claims.flatMap(({ text, evidence: ids }) => {
    const missing = ids.filter((id) => !byId.has(id));
    if (missing.length > 0) return [`"${text}" cites ${missing.join(', ')}, which is not stored`];
    const numbers = ids.flatMap((id) => numbersIn(byId.get(id)));
    const absent = (text.match(NUMBER) ?? []).filter((written) => !isIn(written, numbers));
    return absent.length > 0 ? [`"${text}" says ${absent.join(', ')}, which ${ids.join(', ')} does not`] : [];
  });
}

function isIn(written: string, numbers: readonly number[]): boolean {
  const value = Number(written.replaceAll(',', ''));
  const half = 0.5001 * 10 ** -(written.split('.')[1]?.length ?? 0);
  return numbers.some((number) => Math.abs(number - value) <= half || Math.abs(100 * number - value) <= half);
}
