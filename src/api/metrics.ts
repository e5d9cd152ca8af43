import type { Store } from '../store/port.ts';
import type { MetricFamily } from './metrics-text.ts';
import type { WatchedGroup } from './poll-watch.ts';

/** What the metrics are made of: as last looked at by the poll watch, and as the store counts. */
export interface Observed {
  groups: readonly WatchedGroup[];
  temporalAnswers: boolean;
  policyGood: boolean;
  counts: Awaited<ReturnType<Store['counts']>>;
  now: Date;
}

/** Every metric of the API process. What is not known has no sample: an absent figure is not a zero. */
export function metricFamilies({
  groups,
  temporalAnswers,
  policyGood,
  counts,
  now,
}: Observed): MetricFamily[] {
  const perGroup = (
    name: string,
    type: MetricFamily['type'],
    help: string,
    value: (group: WatchedGroup) => number | null | undefined,
  ): MetricFamily => ({
    name: `agentops_${name}`,
    type,
    help,
    samples: groups.flatMap((group) => {
      const found = value(group);
      return found == null ? [] : [{ labels: { group: group.name }, value: found }];
    }),
  });
  const one = (name: string, type: MetricFamily['type'], help: string, value: number): MetricFamily => ({
    name: `agentops_${name}`,
    type,
    help,
    samples: [{ value }],
  });
  return [
    perGroup(
      'polls_started_total',
      'counter',
      'Polls that the Schedule has started.',
      (g) => g.schedule?.started,
    ),
    perGroup(
      'polls_succeeded_total',
      'counter',
      'Polls that measured something.',
      (g) => g.record?.succeeded ?? 0,
    ),
    perGroup(
      'polls_failed_total',
      'counter',
      'Polls that could measure nothing.',
      (g) => g.record?.failed ?? 0,
    ),
    perGroup(
      'polls_skipped_total',
      'counter',
      'Polls not started because the one before was still under way.',
      (g) => g.schedule?.skipped,
    ),
    perGroup(
      'polls_missed_total',
      'counter',
      'Polls not started in time because Temporal was down.',
      (g) => g.schedule?.missed,
    ),
    perGroup('poll_interval_seconds', 'gauge', 'Time between two polls, by policy.', (g) => g.every / 1000),
    perGroup(
      'seconds_since_successful_poll',
      'gauge',
      'Since the beginning of the last poll that measured something.',
      (g) => (g.record?.succeeded_at ? (now.getTime() - Date.parse(g.record.succeeded_at)) / 1000 : null),
    ),
    perGroup('polls_paused', 'gauge', '1 while a person has paused the polls.', (g) =>
      g.state === 'paused' ? 1 : 0,
    ),
    perGroup(
      'polls_silent',
      'gauge',
      "The dead-man's switch: 1 when there was no successful poll in three intervals.",
      (g) => (g.state === 'silent' ? 1 : 0),
    ),
    {
      name: 'agentops_poll_tool_failures_total',
      type: 'counter',
      help: 'Causes for which a tool could not measure, one for each poll.',
      samples: groups.flatMap(({ name, record }) =>
        Object.entries(record?.tool_failures ?? {}).map(([tool, value]) => ({
          labels: { group: name, tool },
          value,
        })),
      ),
    },
    one('temporal_up', 'gauge', '1 when Temporal answered the last look.', temporalAnswers ? 1 : 0),
    one(
      'policy_good',
      'gauge',
      '0 while the policy file cannot be read and the last good one is in force.',
      policyGood ? 1 : 0,
    ),
    {
      name: 'agentops_open_incidents',
      type: 'gauge',
      help: 'Incidents that are not closed.',
      samples: Object.entries(counts.openIncidents).map(([status, value]) => ({ labels: { status }, value })),
    },
    one(
      'alerts_accepted_total',
      'counter',
      'Alerts that were accepted, by the Monitor or from outside.',
      counts.alerts,
    ),
  ];
}
