import type { Client } from '@temporalio/client';
import type { Logger } from 'pino';
import { describePolls, type PollSchedule, pollScheduleId } from '../../temporal/schedules.ts';
import type { PolicyFile } from '../config/policy-file.ts';
import type { Connectors } from '../connectors/port.ts';
import { formatDuration } from '../domain/duration.ts';
import { groupsOf, type PollGroup } from '../domain/policy/policy.ts';
import { type PollRecord, pollRecordKey } from '../domain/poll-record.ts';
import { lookAtPolls, type PollState, type PollTransition, type WatchMemory } from '../domain/poll-watch.ts';
import { listNames } from '../domain/text.ts';
import type { Store } from '../store/port.ts';

const LOOK_EVERY_MS = 5_000;
const ANSWER_WITHIN_MS = 2_000;
const MEMORY = 'poll-watch';

/** A component group as last looked at. */
export interface WatchedGroup extends PollGroup {
  /** Null when there is none, or Temporal did not say. */
  schedule: PollSchedule | null;
  record: PollRecord | null;
  state: PollState;
}

interface WatchDeps {
  client: Client;
  store: Pick<Store, 'document' | 'putDocument'>;
  connectors: Connectors;
  policy: Pick<PolicyFile, 'current' | 'problem'>;
  environment: string;
  publicUrl: string;
  log: Pick<Logger, 'error' | 'info' | 'warn' | 'debug'>;
  now(): Date;
}

export interface PollWatch {
  /** As of the last look; empty before the first. */
  groups(): readonly WatchedGroup[];
  /** Whether Temporal answered the last look. */
  temporalAnswers(): boolean;
  /** Looks now; rejects when the store does not answer. */
  look(): Promise<void>;
  /** Looks every 5 s until closed. */
  start(): void;
  close(): void;
}

/**
 * The dead-man's switch of design §8, in the API process and so outside Temporal: a group that had no successful poll in three
 * intervals is logged, shown, and told to people once; when it polls again that is told too.
 */
export function createPollWatch(deps: WatchDeps): PollWatch {
  const { client, store, environment, log } = deps;
  let groups: WatchedGroup[] = [];
  let temporalAnswers = false;
  let looking: Promise<void> | null = null;
  let timer: NodeJS.Timeout | undefined;

  async function look(): Promise<void> {
    const found = groupsOf(deps.policy.current());
    const records = await Promise.all(
      found.map(({ name }) => store.document<PollRecord>(pollRecordKey(name))),
    );
    const schedules = await describeAll(found);
    temporalAnswers = schedules !== null;
    const watched = found.map(({ name, every }, i) => ({
      name,
      every,
      record: records[i]!,
      paused: schedules ? (schedules[i]?.paused ?? false) : null,
    }));
    const before = await store.document<WatchMemory>(MEMORY);
    const { memory, states, transitions } = lookAtPolls(before, watched, deps.now());
    groups = found.map((group, i) => ({
      ...group,
      schedule: schedules?.[i] ?? null,
      record: records[i]!,
      state: states[group.name]!,
    }));
    for (const transition of transitions) {
      try {
        await tell(transition, groups.find(({ name }) => name === transition.group)!);
      } catch (error) {
        // Not remembered, so the next look tells it, under the same keys.
        memory.groups[transition.group]!.silent_since =
          before?.groups[transition.group]?.silent_since ?? null;
        log.warn({ err: error, group: transition.group }, 'people could not be told yet');
      }
    }
    await store.putDocument(MEMORY, memory);
  }

  /** Null when Temporal does not answer. */
  async function describeAll(found: PollGroup[]): Promise<(PollSchedule | null)[] | null> {
    try {
      return await client.withDeadline(Date.now() + ANSWER_WITHIN_MS, () =>
        Promise.all(found.map(({ name }) => describePolls(client, environment, name))),
      );
    } catch (error) {
      log.debug({ err: error }, 'Temporal does not say how the polls are');
      return null;
    }
  }

  async function tell(
    { group, transition, since }: PollTransition,
    { every, components, record, schedule }: WatchedGroup,
  ) {
    const about = { group, last_successful_poll: record?.succeeded_at ?? null, since };
    const why = reasonOf(transition, record);
    const watched = listNames(components, 3);
    if (transition === 'silent')
      log.error(about, `no successful poll of ${group}, nobody watches ${watched}: ${why}`);
    else log.info(about, `${group}: ${why}`);
    const said =
      transition === 'silent'
        ? {
            title: `Nobody watches ${watched}: no successful poll since ${since}`,
            body: `${why} Schedule ${group} polls every ${formatDuration(every)}. Alerts of other sources still open incidents. What runs: ${deps.publicUrl}/healthz, agentops schedules, agentops doctor.`,
          }
        : {
            title: `${watched} ${components.length > 1 ? 'are' : 'is'} ${transition === 'alive' ? 'watched again' : 'paused'}`,
            body: transition === 'alive' ? why : `${why} Schedule ${group}: ${schedule?.note ?? 'paused'}`,
          };
    const { slack_channel, approvals } = deps.policy.current();
    const incident_id = pollScheduleId(environment, group);
    const key = `${incident_id}:${since}:${transition}`;
    const message = { incident_id, ...said };
    const slack = {
      connector: 'slack',
      operation: 'post',
      target: slack_channel,
      key: `${key}:slack`,
    } as const;
    await deps.connectors.send({ ...message, ...slack });
    if (transition !== 'silent') return;
    const tier = approvals.tiers[0]!.name;
    const page = { connector: 'pagerduty', operation: 'page', target: tier, key: `${key}:page` } as const;
    await deps.connectors.send({ ...message, ...page });
  }

  function reasonOf(transition: PollTransition['transition'], record: PollRecord | null): string {
    if (transition === 'alive') return 'Polls succeed again.';
    if (transition === 'paused') return 'A person paused the polls; the alarm is over.';
    if (!temporalAnswers) return 'Temporal does not answer.';
    const [failure] = record?.failures ?? [];
    if (failure) return `The last poll could not measure: ${failure.tool}: ${failure.message}.`;
    const problem = deps.policy.problem();
    // A running worker keeps the last good policy, one that starts has none.
    if (problem)
      return `No poll comes through. No worker can start with the policy file as it is: ${problem}.`;
    return 'Temporal answers, but no poll comes through: no worker is up, or what it asks hangs.';
  }

  /** One look at a time, however many ask. */
  function lookOnce(): Promise<void> {
    looking ??= look().finally(() => {
      looking = null;
    });
    return looking;
  }

  return {
    groups: () => groups,
    temporalAnswers: () => temporalAnswers,
    look: lookOnce,
    start() {
      const again = () =>
        lookOnce().catch((error: unknown) => log.warn({ err: error }, 'could not look after the polls'));
      void again();
      timer = setInterval(again, LOOK_EVERY_MS);
      timer.unref();
    },
    close: () => clearInterval(timer),
  };
}
