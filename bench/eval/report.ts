import { type Accuracy, failed, type Score, type Summary } from './score.ts';

const percent = (share: number) => `${(100 * share).toFixed(1)} %`.padStart(8);
const pad = (text: string, width: number) => text.padEnd(width);

function accuracyRow(name: string, accuracy: Accuracy): string {
  const { n, alert_type, category, features, n_features, first_action } = accuracy;
  const named = features === null ? '–'.padStart(8) : `${percent(features)} of ${n_features}`;
  const shares = [percent(category), percent(first_action), percent(alert_type), named].join('  ');
  return `${pad(name, 16)}${String(n).padStart(5)}  ${shares}`;
}

function confusion(table: Summary['confusion']): string[] {
  return Object.entries(table)
    .sort(([a], [b]) => a.localeCompare(b))
    .map(([expected, row]) => {
      const got = Object.entries(row).sort(([, a], [, b]) => b - a);
      return `  ${pad(expected, 26)}${got.map(([name, n]) => `${name} ${n}`).join(', ')}`;
    });
}

function failure(score: Score): string[] {
  const { id, alert_type, expected, got, right, bad_claims, bad_references, risky_on_healthy } = score;
  const differs = (['alert_type', 'category', 'features', 'first_action'] as const)
    .filter((part) => !right[part])
    .map((part) => {
      const came = part === 'alert_type' ? alert_type : got[part];
      return `${part}: expected ${expected[part].join(' or ') || 'none'}, got ${[came].flat().join(', ') || 'none'}`;
    });
  const risky =
    risky_on_healthy.length > 0 ? [`risky on a healthy world: ${risky_on_healthy.join(', ')}`] : [];
  return [...differs, ...risky, ...bad_claims, ...bad_references].map((text) => `  ${pad(id, 34)}${text}`);
}

/** One system's figures as a table for people. */
export function textReport(name: string, summary: Summary): string {
  const { overall, by_alert_type, calibration, citations, healthy, scores } = summary;
  const failures = scores.filter(failed);
  return [
    `${name}`,
    `${pad('', 16)}    n  category  1st action  alert type  features`,
    ...Object.entries(by_alert_type).map(([type, accuracy]) => accuracyRow(type, accuracy)),
    accuracyRow('all', overall),
    '',
    'expected category → what came',
    ...confusion(summary.confusion),
    '',
    `citations         ${citations.valid} of ${citations.claims} claims and root causes stand on what they cite; ${citations.bad_references} references to what was not found`,
    `diagnosed by      ${Object.entries(summary.diagnosed_by)
      .map(([who, n]) => `${who} ${n}`)
      .join(', ')}`,
    `healthy           ${healthy.with_risky_action} of ${healthy.n} with a risky action`,
    `calibration       Brier ${calibration.brier.toFixed(3)}, ECE ${calibration.ece.toFixed(3)} over ${calibration.n} that were decided`,
    ...calibration.bins.map(
      ({ from, to, n, confidence, right }) =>
        `  ${from.toFixed(2)} to ${to.toFixed(2)}    n ${String(n).padStart(3)}  said ${percent(confidence)}  right ${percent(right)}`,
    ),
    ...(failures.length > 0 ? ['', 'not as expected', ...failures.flatMap(failure)] : []),
    '',
  ].join('\n');
}

/** What must never happen, a line for each system that did it: a risky action where nothing is wrong. */
export function offences(summaries: Record<string, Summary>): string[] {
  return Object.entries(summaries).flatMap(([name, { scores }]) => {
    const did = scores.filter(({ risky_on_healthy }) => risky_on_healthy.length > 0);
    const list = did.map(({ id, risky_on_healthy }) => `${id} ${risky_on_healthy.join(' and ')}`);
    return did.length === 0 ? [] : [`${name}: risky actions on healthy instances: ${list.join(', ')}`];
  });
}
