import { z } from 'zod';
import type { Change } from '../changes.ts';
import { ENRICHMENT, type ModelSpec } from '../models.ts';
import type { Release } from '../release.ts';

/** What every fault may be given. Checked strictly: a field that is not listed is refused. */
export const COMMON = {
  /** When it began; default: one window (an hour) ago. Traffic since then is drawn again, with true timestamps. */
  start: z.iso.datetime().optional(),
  /** Rows per second of the rewritten traffic, at the week's average; default: as before. */
  rows_per_second: z.number().min(0.1).max(200).optional(),
  /** The same for traffic from now on, when labels of a new version should gather sooner than they otherwise would. */
  live_rows_per_second: z.number().min(0.1).max(500).optional(),
  /** Seconds until a prediction's label is known. */
  label_delay: z.number().min(0).max(86_400).optional(),
};
export type Common = z.output<z.ZodObject<typeof COMMON>>;

export const Share = z.number().gt(0).max(1);
/** Minutes over which something grows to its full strength; 0: at once. */
export const Ramp = z.number().min(0).max(360);

/** A change as a fault describes it: when it begins is known later, and it has no end unless it says so. */
type Described<T> = T extends Change ? Omit<T, 'from' | 'to'> & { to?: number } : never;

/** What a fault does to the outside world from its start on. */
export interface Plan {
  changes?: Described<Change>[];
  /** The source has a release of its own, which the loader's schema follows; what the loader says when it comes. */
  sourceRelease?: string;
  /** The loader reports the batch that ends with the start so many times. */
  loads?: number;
  /** The platform's own team puts a version into production at the start. */
  release?: Release;
}

/** What a fault strikes: a model, in the features that a pipeline brings. */
export interface FaultScope {
  spec: ModelSpec;
  /** The shared pipeline; null for the model's own. */
  shared: string | null;
  features: readonly string[];
  Feature: z.ZodType<string>;
}

export function scopeOf(spec: ModelSpec, shared: string | null = null): FaultScope {
  const features = shared === null ? spec.features : ENRICHMENT.features[spec.model]!;
  return { spec, shared, features, Feature: z.enum(features as [string, ...string[]]) };
}

export interface Fault<T = unknown> {
  parameters: z.ZodType<T & Common>;
  /** Minutes before the present that it begins by default. */
  minutesAgo: number;
  plan(parameters: T & Common): Plan;
}

/** A fault by its parameters and what it does. */
export function defineFault<S extends z.ZodRawShape>(
  shape: S,
  plan: (parameters: z.output<z.ZodObject<S & typeof COMMON>>) => Plan,
  minutesAgo = 60,
): Fault {
  const parameters = z.strictObject({ ...COMMON, ...shape });
  return { parameters, minutesAgo, plan } as unknown as Fault;
}
