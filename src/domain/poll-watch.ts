import type { PollRecord } from './poll-record.ts';

/** Intervals without a successful poll after which a group counts as silent (design §8). */
const INTERVALS = 3;
/** The very first poll waits for a worker that may have to load models and documents. */
const FIRST_POLL_MS = 10 * 60_000;
/** A longer pause between two looks means that the watcher itself was away: stopped, or asleep with its host. */
const AWAY_MS = 30_000;

/** What is known of a group when the watcher looks. */
export interface WatchedGroup {
  name: string;
  /** Milliseconds between polls. */
  every: number;
  record: PollRecord | null;
  /** Whether a person paused it; null when Temporal does not say, and then the last word holds. */
  paused: boolean | null;
}

/** What the watcher remembers of a group. Times are ISO 8601. */
export interface GroupWatch {
  /** From when on a poll was to be expected. */
  watched_since: string;
  paused: boolean;
  /** The last sign of life before it fell silent: names the episode. Null while it is not silent. */
  silent_since: string | null;
}

/** The watcher's memory, kept in the store: a restart neither forgets an alarm nor repeats it. */
export interface WatchMemory {
  looked_at: string;
  groups: Record<string, GroupWatch>;
}

/** `starting`: no successful poll yet, and none is overdue. */
export const POLL_STATES = ['alive', 'starting', 'silent', 'paused'] as const;
export type PollState = (typeof POLL_STATES)[number];

/** A group fell silent, or an episode of silence ended. */
export interface PollTransition {
  group: string;
  transition: 'silent' | 'alive' | 'paused';
  /** The last sign of life before the silence, ISO 8601. */
  since: string;
}

/**
 * The dead-man's switch: one look at all groups. A group is silent when it had no successful poll in three intervals, unless a
 * person paused it. The time in which the watcher was away does not count, nor does the time before it began to watch.
 * Pure; the same look again answers the same transitions, so that what could not be told is told by the next.
 */
export function lookAtPolls(
  before: WatchMemory | null,
  groups: readonly WatchedGroup[],
  now: Date,
): { memory: WatchMemory; states: Record<string, PollState>; transitions: PollTransition[] } {
  const away = before === null || now.getTime() - Date.parse(before.looked_at) > AWAY_MS;
  const states: Record<string, PollState> = {};
  const transitions: PollTransition[] = [];
  const watched = groups.map((group): [string, GroupWatch] => {
    const known = before?.groups[group.name];
    const paused = group.paused ?? known?.paused ?? false;
    const afresh = known === undefined || away || paused || known.paused;
    const watched_since = afresh ? now.toISOString() : known.watched_since;
    const { state, lastSeenAt } = judge(
      group,
      { watched_since, paused, silent: known?.silent_since != null },
      now,
    );
    const was = known?.silent_since ?? null;
    const silent_since = state === 'silent' ? (was ?? lastSeenAt) : null;
    if (was === null && silent_since !== null)
      transitions.push({ group: group.name, transition: 'silent', since: lastSeenAt });
    if (was !== null && silent_since === null) {
      transitions.push({
        group: group.name,
        transition: state === 'paused' ? 'paused' : 'alive',
        since: was,
      });
    }
    states[group.name] = state;
    return [group.name, { watched_since, paused, silent_since }];
  });
  return {
    memory: { looked_at: now.toISOString(), groups: Object.fromEntries(watched) },
    states,
    transitions,
  };
}

function judge(
  { every, record }: WatchedGroup,
  { watched_since, paused, silent }: { watched_since: string; paused: boolean; silent: boolean },
  now: Date,
): { state: PollState; lastSeenAt: string } {
  const succeeded = record?.succeeded_at ?? null;
  const lastSeenAt =
    succeeded !== null && Date.parse(succeeded) > Date.parse(watched_since) ? succeeded : watched_since;
  const patience = succeeded === null ? Math.max(FIRST_POLL_MS, INTERVALS * every) : INTERVALS * every;
  const within = (time: string) => now.getTime() - Date.parse(time) <= patience;
  if (paused) return { state: 'paused', lastSeenAt };
  if (succeeded !== null && within(succeeded)) return { state: 'alive', lastSeenAt };
  // Silence ends with a poll alone: that the watcher was away in between does not end it.
  if (silent || !within(lastSeenAt)) return { state: 'silent', lastSeenAt };
  return { state: 'starting', lastSeenAt };
}
