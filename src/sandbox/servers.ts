import type { Infrastructure } from '../domain/platform.ts';
import { type Change, inForce, trafficFactor } from './changes.ts';
import { randomStream } from './random.ts';
import type { Profile, World } from './state.ts';
import { rhythm } from './world.ts';

/** What a version costs to serve where its training says nothing else. */
export const USUAL_PROFILE: Profile = { cost: 1, slowdown: 1, size_mb: 14.2, batch_size: 32 };

export const MAX_REPLICAS = 12;
/** Share of the week's average traffic that one replica carries: three are 45 % busy with all of it. */
const PER_REPLICA = 1 / (3 * 0.45);
const USUAL_BUSY = 0.45;
/** Requests a second at the week's average. The log holds a sample of them. */
const REQUESTS = 400;
/** Requests that may wait; what comes on top is turned away by the gateway. */
const MAX_QUEUE = 2_000;
/** Above this utilisation the waiting time of the formula is not reached within a second's burst. */
const BUSIEST = 0.99;
const MEMORY_USUAL = 0.44;
const MEMORY_MB = 2_000;
/** From here on a server swaps, down to a third of its speed when memory is full. */
const SWAPPING = 0.85;

/** The servers in one second. */
export interface Load {
  replicas: number;
  requests: number;
  /** Demand over capacity; above 1 the queue grows. */
  utilisation: number;
  cpu: number;
  memory: number;
  queue: number;
  /** How many times the usual time a request takes, and what it waits before. */
  stretch: number;
  waitMs: number;
}

type Sites = Pick<World, 'changes' | 'replicas'>;

/** Replicas up at a time: what was last asked for, less those that were lost since. */
export function replicasAt({ replicas, changes }: Sites, at: number): number {
  let count = replicas.findLast(({ from }) => from <= at)?.count ?? replicas[0]!.count;
  for (const [change] of inForce(changes, 'hosts', at)) count -= change.replicas;
  return Math.max(1, count);
}

/**
 * The servers at a time, with `queue` requests waiting. Time in the system grows as 1 / (1 − utilisation) (M/M/1), relative to the
 * usual utilisation, at which latency is what `drawLatency` draws; waiting in a backlog comes on top.
 */
export function loadAt(sites: Sites, profile: Profile, at: number, queue: number): Load {
  const changes: readonly Change[] = sites.changes;
  let free = 1;
  let memory = MEMORY_USUAL + profile.size_mb / MEMORY_MB;
  for (const [change, strength] of inForce(changes, 'hosts', at)) {
    free *= 1 - change.cpu * strength;
    memory += change.memory * strength;
  }
  memory = Math.min(0.99, memory);
  const speed = free * (1 - (0.7 * Math.max(0, memory - SWAPPING)) / (1 - SWAPPING));
  const replicas = replicasAt(sites, at);
  const capacity = (replicas * PER_REPLICA * speed) / profile.cost;
  const demand = rhythm(at) * trafficFactor(changes, at);
  const utilisation = demand / capacity;
  const busy = Math.min(BUSIEST, utilisation);
  return {
    replicas,
    requests: demand * REQUESTS,
    utilisation,
    cpu: 1 - free + free * Math.min(1, utilisation),
    memory,
    queue: queue + busy ** 2 / (1 - busy),
    stretch: (profile.slowdown * (1 - USUAL_BUSY)) / (1 - busy),
    waitMs: (1000 * queue) / (capacity * REQUESTS),
  };
}

/** The servers from second to second: what they cannot serve waits. */
export class Servers {
  readonly #sites: Sites;
  #at: number;
  #queue: number;

  /** `queue` requests wait at `at`. */
  constructor(sites: Sites, at: number, queue: number) {
    this.#sites = sites;
    this.#at = at;
    this.#queue = queue;
  }

  get queue(): number {
    return this.#queue;
  }

  /** Goes on to a time, with a version of this profile serving. */
  advance(to: number, profile: Profile): Load {
    let load = loadAt(this.#sites, profile, this.#at, this.#queue);
    for (; this.#at + 1000 <= to; this.#at += 1000) {
      const surplus = load.requests * (1 - 1 / load.utilisation);
      this.#queue = Math.min(MAX_QUEUE, Math.max(0, this.#queue + surplus));
      load = loadAt(this.#sites, profile, this.#at + 1000, this.#queue);
    }
    return load;
  }
}

/** `GET /infrastructure`: readings wobble a little from minute to minute, as readings do. */
export function infrastructure(world: World, profile: Profile, at: number, queue: number): Infrastructure {
  const load = loadAt(world, profile, at, queue);
  const random = randomStream(world.seed, 'readings', Math.floor(at / 60_000));
  const wobbly = (share: number) => Number(Math.min(1, share * (1 + 0.02 * random.normal())).toFixed(3));
  return {
    replicas: load.replicas,
    cpu: wobbly(load.cpu),
    memory: wobbly(load.memory),
    queue: Math.round(load.queue),
    batch_size: profile.batch_size,
    model_size_mb: profile.size_mb,
  };
}
