import { percent } from '../../domain/text.ts';
import type { CaseFile } from '../case-file.ts';
import { absent, type Reading, seen } from './reading.ts';

/** Signs of how fast predictions are, and of the servers. */

const CPU_FULL = 0.85;
const MEMORY_FULL = 0.9;
const QUEUE_LONG = 50;

export function latencyHigh(c: CaseFile): Reading | undefined {
  const { p99_ms: limit, min_samples } = c.policy.thresholds.latency;
  const p99 = c.outcomes?.latency_p99_ms ?? null;
  if (!c.outcomes || p99 === null || c.outcomes.n < min_samples) return undefined;
  const text = `p99 latency ${Math.round(p99)} ms (limit ${limit} ms)`;
  return p99 > limit ? seen(text, c.outcomes.id) : absent(`${text}: normal`, c.outcomes.id);
}

export function resourcesFull(c: CaseFile): Reading | undefined {
  const i = c.health?.infrastructure;
  if (!i) return undefined;
  const text = `cpu ${percent(i.cpu)}, memory ${percent(i.memory)} on ${i.replicas} replicas`;
  return i.cpu >= CPU_FULL || i.memory >= MEMORY_FULL
    ? seen(text, c.health!.id)
    : absent(`${text}: room left`, c.health!.id);
}

export function queueLong(c: CaseFile): Reading | undefined {
  const i = c.health?.infrastructure;
  if (!i) return undefined;
  return i.queue >= QUEUE_LONG
    ? seen(`${i.queue} requests wait in the queue`, c.health!.id)
    : absent(`the queue is short (${i.queue})`, c.health!.id);
}
