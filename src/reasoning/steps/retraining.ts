import { minute } from '../../domain/text.ts';
import type { CaseFile } from '../case-file.ts';
import { latestOnset } from '../signs/model.ts';
import { notProposed, obstacle } from './capabilities.ts';
import { rollback } from './rollback.ts';
import type { Step } from './step.ts';

/** The labelled rows since the onset, or since the latest time at which the fault can have begun. */
function rowsSince(c: CaseFile) {
  if (c.trend && c.onset) {
    const { labelled_since_onset: rows, positives_since_onset: hits } = c.trend;
    return { rows, hits, since: 'the onset', evidence: [c.trend.id] };
  }
  const latest = latestOnset(c);
  if (!latest) return undefined;
  const { labelled: rows, positives: hits } = c.outcomes!;
  const since = `${minute(latest)}, at or before which it began`;
  return { rows, hits, since, evidence: [c.outcomes!.id, c.trend!.id] };
}

/**
 * Whether a retraining on rows since the onset can pass the gate: enough rows to train on, and after them a holdout
 * with enough positives (policy `gate`). Undefined where no onset is known.
 */
export function trainingRows(c: CaseFile): { enough: boolean; text: string; evidence: string[] } | undefined {
  const known = rowsSince(c);
  if (!known) return undefined;
  const { min_training_rows, min_holdout_positives } = c.policy.gate;
  const { rows, hits, since, evidence } = known;
  const share = rows > 0 ? hits / rows : 0;
  const holdout = Math.max(0, rows - min_training_rows) * share;
  return {
    enough: holdout >= min_holdout_positives,
    evidence,
    text:
      `${rows} labelled rows with ${hits} positives since ${since}; training takes ${min_training_rows} rows and ` +
      `its holdout ${min_holdout_positives} positives`,
  };
}

/** A retraining on the rows since the onset. Without a trainer or without enough rows: no step, and a remark. */
export function retrain(c: CaseFile, remarks: string[]): Step[] {
  const why = obstacle('retrain_model', c);
  if (why) {
    remarks.push(notProposed('retrain_model', why));
    return [];
  }
  const rows = trainingRows(c);
  if (rows?.enough) return [{ action: 'retrain_model' }];
  remarks.push(
    rows
      ? `retraining is not recommended yet: ${rows.text}; wait for more labels, then continue`
      : 'retraining is not recommended: no onset was measured, so it is not known which rows to train on',
  );
  return [];
}

/**
 * A retraining with a rollback as its fallback. The earlier version was trained on the same old world, so it replaces a failed
 * retraining and never one that is not proposed.
 */
export function retrainOrRollBack(c: CaseFile, remarks: string[]): Step[] {
  const retraining = retrain(c, remarks);
  if (retraining.length === 0) return [];
  return [...retraining, ...rollback(c, remarks, { fallbackOf: 'retrain_model' })];
}
