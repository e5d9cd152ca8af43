import type { ModelSpec } from './models.ts';
import type { Random } from './random.ts';

/** In force for from ≤ t < to, in milliseconds since the epoch; full strength after `rampMs`, from the start where it is left out. */
interface Period {
  from: number;
  to: number | null;
  rampMs?: number;
}

/** A source delivers some features otherwise, `v' = scale · v + shift`, on a share of the rows. */
export interface SourceChange extends Period {
  kind: 'source';
  /** The pipeline whose source it is; left out for the model's own. */
  pipeline?: string;
  share: number;
  features: Record<string, { scale: number; shift: number }>;
}

/** A source delivers some features not at all, on a share of the rows. */
export interface GapChange extends Period {
  kind: 'gap';
  /** The pipeline whose source it is; left out for the model's own. */
  pipeline?: string;
  share: number;
  features: string[];
}

/** The loader loses a share of the rows. Its runs end as failed, or are not heard of. */
export interface LossChange extends Period {
  kind: 'loss';
  share: number;
  reported: boolean;
}

/** The loader loads every batch so many times. */
export interface CopiesChange extends Period {
  kind: 'copies';
  times: number;
}

/** A share of the positives goes another way: their mean of each feature, in the order of the model's features. */
export interface FraudChange extends Period {
  kind: 'fraud';
  share: number;
  means: number[];
}

/** Positives make up this share of the traffic; what is added to the usual share has some features in common. */
export interface WaveChange extends Period {
  kind: 'wave';
  share: number;
  features: Record<string, { mean: number; sd: number }>;
}

/** So many times the usual traffic. */
export interface TrafficChange extends Period {
  kind: 'traffic';
  factor: number;
}

/** Something else uses a share of the servers' cpu and memory; some replicas are gone. */
export interface HostsChange extends Period {
  kind: 'hosts';
  cpu: number;
  memory: number;
  replicas: number;
}

/** What is different about the world for a time. */
export type Change =
  | SourceChange
  | GapChange
  | LossChange
  | CopiesChange
  | FraudChange
  | WaveChange
  | TrafficChange
  | HostsChange;

/** The changes of one kind that are in force at a time, each with its strength of 0 to 1. */
export function* inForce<K extends Change['kind']>(
  changes: readonly Change[],
  kind: K,
  at: number,
): Generator<[change: Extract<Change, { kind: K }>, strength: number]> {
  for (const change of changes) {
    if (change.kind !== kind || at < change.from || (change.to !== null && at >= change.to)) continue;
    const strength = change.rampMs ? Math.min(1, (at - change.from) / change.rampMs) : 1;
    yield [change as Extract<Change, { kind: K }>, strength];
  }
}

/** When one transaction arrives, and the random numbers it is drawn with. */
export interface Arrival {
  at: number;
  /** Draws the transaction itself: the same whatever is changed about the world. */
  random: Random;
  /** Draws what changes do to it. */
  effects: Random;
}

/**
 * Draws one transaction into `out` (one number per feature, NaN where the value is missing) as it arrives. Answers whether it
 * is positive.
 */
export function drawRow(
  { features: names, positiveShare, positiveMeans }: ModelSpec,
  { at, random, effects }: Arrival,
  changes: readonly Change[],
  out: Float64Array,
): boolean {
  let positive = random.uniform() < positiveShare;
  for (let j = 0; j < out.length; j++) out[j] = random.normal() + (positive ? positiveMeans[j]! : 0);
  if (changes.length === 0) return positive;

  for (const [{ share, means }, strength] of inForce(changes, 'fraud', at)) {
    if (!positive || effects.uniform() >= share * strength) continue;
    for (let j = 0; j < out.length; j++) out[j]! += means[j]! - positiveMeans[j]!;
  }
  for (const [{ share, features }, strength] of inForce(changes, 'wave', at)) {
    if (positive || effects.uniform() >= (strength * (share - positiveShare)) / (1 - positiveShare)) continue;
    positive = true;
    for (let j = 0; j < out.length; j++) out[j]! += positiveMeans[j]!;
    for (const [feature, { mean, sd }] of Object.entries(features)) {
      out[names.indexOf(feature)] = mean + sd * effects.normal();
    }
  }
  for (const [{ share, features }, strength] of inForce(changes, 'source', at)) {
    if (share < 1 && effects.uniform() >= share) continue;
    for (const [feature, { scale, shift }] of Object.entries(features)) {
      const j = names.indexOf(feature);
      out[j] = (1 + (scale - 1) * strength) * out[j]! + shift * strength;
    }
  }
  for (const [{ share, features }] of inForce(changes, 'gap', at)) {
    if (share < 1 && effects.uniform() >= share) continue;
    for (const feature of features) out[names.indexOf(feature)] = Number.NaN;
  }
  return positive;
}

/** How often the row of an arrival ends up in the warehouse: once, but for a loader that loses or repeats it. */
export function loadsOf({ at, effects }: Arrival, changes: readonly Change[]): number {
  for (const [{ share }] of inForce(changes, 'loss', at)) if (effects.uniform() < share) return 0;
  let times = 1;
  for (const [change] of inForce(changes, 'copies', at)) times *= change.times;
  return times;
}

/** How many times the usual traffic there is. */
export function trafficFactor(changes: readonly Change[], at: number): number {
  let factor = 1;
  for (const [change, strength] of inForce(changes, 'traffic', at))
    factor *= 1 + (change.factor - 1) * strength;
  return factor;
}
