import type { Category } from '../../src/domain/category.ts';
import type { Diagnosis } from '../../src/domain/diagnosis.ts';
import type { Policy } from '../../src/domain/policy/policy.ts';
import { faultsOf, type Grounds } from '../../src/reasoning/grounding/check.ts';
import { riskyOf } from '../../src/reasoning/plan.ts';
import type { Instance } from './draw.ts';
import type { Outcome } from './investigate.ts';

/** One instance judged: what was expected, what came, and which parts were right. */
export interface Score {
  id: string;
  /** The type whose strategy investigated; `none` when nothing was raised. */
  alert_type: string;
  expected: { alert_type: string[]; category: string[]; features: string[]; first_action: string[] };
  got: {
    category: string;
    features: string[];
    first_action: string;
    confidence: number;
    verdict: string;
    /** The model, or the rules where it gave no usable answer; `nobody` where nothing was raised. */
    diagnosed_by: string;
  };
  right: { alert_type: boolean; category: boolean; features: boolean; first_action: boolean };
  healthy: boolean;
  /** Actions that change production, on a world where nothing is wrong. */
  risky_on_healthy: string[];
  /** The claims, those left out of the diagnosis as nothing bears them, and the root cause. */
  claims: number;
  /** Those that what they cite does not bear, each with the reason. */
  bad_claims: string[];
  /** What else is wrong with the diagnosis: evidence, sections and incidents it refers to that were not found. */
  bad_references: string[];
}

const NAMES = /\b(V\d+|amount)\b/g;

/** How both reasoners say in `not_found` that they dropped a claim that did not hold: it was made all the same. */
const LEFT_OUT = 'left out, as ';

/** What a diagnosis says, judged by what it cites. No diagnosis says nothing. */
function judgeClaims(
  diagnosis: Diagnosis | null,
  grounds: Grounds,
): Pick<Score, 'claims' | 'bad_claims' | 'bad_references'> {
  if (!diagnosis) return { claims: 0, bad_claims: [], bad_references: [] };
  const left = diagnosis.not_found.filter((text) => text.startsWith(LEFT_OUT));
  const faults = faultsOf(diagnosis, grounds);
  const where = (fault: string) => /^(?:claim \d+|root cause)(?=: )/.exec(fault)?.[0] ?? '';
  const { '': references = [], ...wrong } = Object.groupBy(faults, where);
  const reasons = Object.entries(wrong).map(
    ([which, all]) => `${which}: ${all!.map((fault) => fault.slice(which.length + 2)).join(', ')}`,
  );
  return {
    claims: diagnosis.claims.length + left.length + 1,
    bad_claims: [...left, ...reasons],
    bad_references: references,
  };
}

function judgeFeatures(named: string[], expected: string[]): boolean {
  if (expected.length === 0) return true;
  return named.length > 0 && named.every((name) => expected.includes(name));
}

/** Judges one diagnosis of an instance. No diagnosis (nothing was raised) counts as `healthy` with nothing to do. */
export function scoreOf(
  { id, scenario, features: drawn }: Instance,
  { strategy, evidence, alerts }: Pick<Outcome, 'strategy' | 'evidence' | 'alerts'>,
  diagnosis: Diagnosis | null,
  policy: Policy,
): Score {
  const { expect } = scenario;
  const features = expect.features === 'drawn' ? drawn : (expect.features ?? []);
  const actions = [...(diagnosis?.recommended_actions ?? [])].sort((a, b) => a.priority - b.priority);
  const category: Category = diagnosis?.category ?? 'healthy';
  const named = [...new Set(diagnosis?.root_cause.match(NAMES) ?? [])];
  const first = actions.find((action) => action.requires_approval)?.action ?? 'none';
  const right = {
    alert_type: strategy === null ? expect.alert_type.length === 0 : expect.alert_type.includes(strategy),
    category: expect.category.includes(category),
    features: judgeFeatures(named, features),
    first_action: expect.first_action.includes(first),
  };
  return {
    id,
    alert_type: strategy ?? 'none',
    expected: {
      alert_type: expect.alert_type,
      category: expect.category,
      features,
      first_action: expect.first_action,
    },
    got: {
      category,
      features: named,
      first_action: first,
      confidence: diagnosis?.confidence ?? 1,
      verdict: diagnosis?.verdict ?? 'healthy',
      diagnosed_by: diagnosis?.diagnosed_by ?? 'nobody',
    },
    right,
    healthy: expect.healthy,
    risky_on_healthy: expect.healthy ? riskyOf(actions).map(({ action }) => action) : [],
    ...judgeClaims(diagnosis, { evidence, alerts, policy }),
  };
}

/** Shares of right answers among some scores. */
export interface Accuracy {
  n: number;
  alert_type: number;
  category: number;
  /** Among the `n_features` of which some are expected; null where that is none. */
  features: number | null;
  n_features: number;
  first_action: number;
}

const share = (part: number, whole: number) => (whole === 0 ? 1 : part / whole);

function accuracyOf(scores: readonly Score[]): Accuracy {
  const of = (part: keyof Score['right'], among = scores) =>
    share(among.filter(({ right }) => right[part]).length, among.length);
  const withFeatures = scores.filter(({ expected }) => expected.features.length > 0);
  return {
    n: scores.length,
    alert_type: of('alert_type'),
    category: of('category'),
    features: withFeatures.length === 0 ? null : of('features', withFeatures),
    n_features: withFeatures.length,
    first_action: of('first_action'),
  };
}

export interface Calibration {
  /** Diagnoses that name a cause or health; an inconclusive one claims nothing. */
  n: number;
  /** Mean squared distance of confidence from being right (Brier, Monthly Weather Review 78, 1950). */
  brier: number;
  /** Mean distance of confidence from the share that was right, over the bins, weighted by their size. */
  ece: number;
  bins: { from: number; to: number; n: number; confidence: number; right: number }[];
}

const EDGES = [0, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95, 1.0001];

export function calibrationOf(scores: readonly Score[]): Calibration {
  const decided = scores.filter(
    ({ got, alert_type }) => got.verdict !== 'inconclusive' && alert_type !== 'none',
  );
  const mean = (items: readonly Score[], value: (score: Score) => number) =>
    share(
      items.reduce((sum, item) => sum + value(item), 0),
      items.length,
    );
  const hit = ({ right }: Score) => Number(right.category);
  const bins = EDGES.slice(1).flatMap((to, i) => {
    const from = EDGES[i]!;
    const inside = decided.filter(({ got }) => got.confidence >= from && got.confidence < to);
    if (inside.length === 0) return [];
    return [
      {
        from,
        to: Math.min(1, to),
        n: inside.length,
        confidence: mean(inside, (s) => s.got.confidence),
        right: mean(inside, hit),
      },
    ];
  });
  return {
    n: decided.length,
    brier: decided.length === 0 ? 0 : mean(decided, (s) => (s.got.confidence - hit(s)) ** 2),
    ece: bins.reduce((sum, bin) => sum + (bin.n / decided.length) * Math.abs(bin.confidence - bin.right), 0),
    bins,
  };
}

/** Everything said of one system (the rules, or a model) over all instances. */
export interface Summary {
  overall: Accuracy;
  by_alert_type: Record<string, Accuracy>;
  /** Expected category (the first of those allowed) → what came → how often. */
  confusion: Record<string, Record<string, number>>;
  citations: { claims: number; valid: number; bad_references: number };
  diagnosed_by: Record<string, number>;
  calibration: Calibration;
  /** `with_risky_action` must be 0. */
  healthy: { n: number; with_risky_action: number };
  /** Ids of those where something was not as expected. */
  failures: string[];
  /** All instances: what was expected, and what came. */
  scores: readonly Score[];
}

/** Whether anything was not as expected. */
export const failed = ({ right, bad_claims, bad_references, risky_on_healthy }: Score): boolean =>
  Object.values(right).includes(false) || [...bad_claims, ...bad_references, ...risky_on_healthy].length > 0;

export function summarise(scores: readonly Score[]): Summary {
  const tally = (names: readonly string[]) =>
    Object.fromEntries([...Map.groupBy(names, (name) => name)].map(([name, all]) => [name, all.length]));
  const types = [...new Set(scores.map(({ alert_type }) => alert_type))].sort();
  const byExpected = Map.groupBy(scores, ({ expected }) => expected.category[0]!);
  const confusion = Object.fromEntries(
    [...byExpected].map(([category, all]) => [category, tally(all.map(({ got }) => got.category))]),
  );
  const total = (count: (score: Score) => number) => scores.reduce((sum, score) => sum + count(score), 0);
  const claims = total((score) => score.claims);
  const healthy = scores.filter((score) => score.healthy);
  return {
    overall: accuracyOf(scores),
    by_alert_type: Object.fromEntries(
      types.map((type) => [type, accuracyOf(scores.filter(({ alert_type }) => alert_type === type))]),
    ),
    confusion,
    citations: {
      claims,
      valid: claims - total((score) => score.bad_claims.length),
      bad_references: total((score) => score.bad_references.length),
    },
    diagnosed_by: tally(scores.map(({ got }) => got.diagnosed_by)),
    calibration: calibrationOf(scores),
    healthy: {
      n: healthy.length,
      with_risky_action: healthy.filter((s) => s.risky_on_healthy.length > 0).length,
    },
    failures: scores.filter(failed).map(({ id }) => id),
    scores,
  };
}
