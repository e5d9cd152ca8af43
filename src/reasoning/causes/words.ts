import { fixed, list, minute } from '../../domain/text.ts';
import type { CaseFile } from '../case-file.ts';
import { movedOf } from '../signs/inputs.ts';
import { deploymentAtOnset, latestOnset } from '../signs/model.ts';
import { isSeen, type Readings, type Sign } from '../signs/signs.ts';

/** Parts of the sentences that name a root cause. */

/** The features that moved: `V14 and V17`, and ` (PSI 0.80 and 0.60)`. */
export function movedFeatures(c: CaseFile): { count: number; names: string; psi: string } {
  const moved = movedOf(c);
  return {
    count: moved.length,
    names: list(moved.map((f) => f.feature)) || 'the features',
    psi: moved.length > 0 ? ` (PSI ${list(moved.map((f) => fixed(f.psi_corrected)))})` : '',
  };
}

/** When the fault began, as exactly as it is known: `at 2026-11-23 11:00 UTC`. */
export function since(c: CaseFile): string {
  if (c.onset) return `at ${minute(c.onset)}`;
  const latest = latestOnset(c);
  return latest ? `at or before ${minute(latest)}` : `at about ${minute(c.began)} (by the alert)`;
}

/** The version that was deployed when the fault began, else the active one. */
export const suspectVersion = (c: CaseFile): string =>
  deploymentAtOnset(c)?.to ?? c.versions?.active ?? 'the active version';

/** The texts of those signs that are seen, behind a colon; empty where none is. */
export function details(readings: Readings, ...signs: Sign[]): string {
  const texts = signs.flatMap((sign) => (isSeen(readings, sign) ? readings[sign]!.text : [])).filter(Boolean);
  return texts.length > 0 ? `: ${texts.join('; ')}` : '';
}
