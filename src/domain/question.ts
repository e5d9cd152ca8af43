import { type AlertType, componentOf } from './alert.ts';

/** Pure, so that workflow code may import it. */

/** Words that tell what a question is about, the more telling kind first. */
const WORDS: readonly [AlertType, RegExp][] = [
  ['latency', /\b(slow\w*|latenc\w*|p9\d|time-?outs?|timing out|response times?|queue\w*|replicas?|cpu)\b/i],
  [
    'data_quality',
    /\b(nulls?|missing|schemas?|volumes?|duplicat\w*|batch(es)?|pipelines?|data quality|records?)\b/i,
  ],
  ['model_drift', /\b(drift\w*|psi|features?|distributions?|V\d{1,2})\b/i],
  ['accuracy_drop', /\b(f1|accura\w*|precision|recall|auc|regress\w*|wors\w*)\b/i],
  ['anomaly_spike', /\b(flag\w*|spik\w*|fraud rates?|anomal\w*|attack\w*|alerts? rate|false positives?)\b/i],
];

/** The strategy that a question's words ask for: the kind it names most often. Null when it names none. */
export function strategyOfQuestion(question: string): AlertType | null {
  const counted = WORDS.map(([strategy, words]) => {
    const times = question.match(new RegExp(words, 'gi'))?.length ?? 0;
    return { strategy, times };
  });
  const most = Math.max(...counted.map(({ times }) => times));
  return most === 0 ? null : counted.find(({ times }) => times === most)!.strategy;
}

/** The components that a question names, with or without a version: `classifier`, `classifier_v2`. */
export function componentsIn(question: string, known: readonly string[]): string[] {
  const words = question.match(/[A-Za-z0-9][A-Za-z0-9._-]*/g) ?? [];
  const names = new Set(words.map((word) => componentOf(word.replace(/[._-]+$/, '')).toLowerCase()));
  return known.filter((component) => names.has(component.toLowerCase()));
}
