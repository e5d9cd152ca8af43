import { z } from 'zod';
import { ComponentName } from './alert.ts';
import { ACTIONS, Action, RISKY_ACTIONS } from './catalogue.ts';
import { Duration } from './duration.ts';

const share = z.number().min(0).max(1);
const count = z.number().int().positive();

/** Thresholds of the five triggers (design §2). Shares are fractions, latencies milliseconds. */
export const Thresholds = z.strictObject({
  model_drift: z
    .strictObject({
      aggregate_psi: z.number().positive().default(0.3),
      feature_psi: z.number().positive().default(0.2),
      feature_importance: share.default(0.05),
      false_discovery_rate: share.default(0.05),
      min_samples: count.default(500),
    })
    .prefault({}),
  accuracy_drop: z
    .strictObject({ relative_drop: share.default(0.05), min_positives: count.default(100) })
    .prefault({}),
  data_quality: z
    .strictObject({
      bad_share: share.default(0.05),
      volume_low: z.number().positive().default(0.5),
      volume_high: z.number().positive().default(2),
      min_records: count.default(100),
    })
    .prefault({}),
  latency: z
    .strictObject({ p99_ms: z.number().positive().default(1000), min_samples: count.default(100) })
    .prefault({}),
  anomaly_spike: z.strictObject({ points: share.default(0.1), min_samples: count.default(500) }).prefault({}),
});
export type Thresholds = z.infer<typeof Thresholds>;

const Component = z.strictObject({
  /** The model's name in the warehouse and on the platform. */
  model: z.string().min(1),
  /** Pipelines whose batches feed it; their alerts join the component's incident. */
  pipelines: z.array(z.string().min(1)).default([]),
});

const Rule = z.strictObject({ approval: z.boolean() });

const defaultActions = Object.fromEntries(
  ACTIONS.map((action) => [action, { approval: RISKY_ACTIONS.includes(action) }]),
) as Record<Action, { approval: boolean }>;

/** `policy.yaml`: every rule that a team may set, with the defaults of the design. */
export const Policy = z
  .strictObject({
    components: z.record(ComponentName, Component),
    thresholds: Thresholds.prefault({}),
    poll: z
      .strictObject({
        every: Duration.prefault('30s'),
        window: Duration.prefault('1h'),
        /** An alert is raised when a rule fires in this many polls in a row. */
        for: count.default(1),
        /** A firing rule clears below this share of its threshold. */
        clear_below: share.default(0.8),
        /** While a rule keeps firing, its alert is sent again this often. */
        repeat_every: Duration.prefault('10m'),
      })
      .prefault({}),
    actions: z
      .partialRecord(Action, Rule)
      .default({})
      .transform((given): Record<Action, { approval: boolean }> => ({ ...defaultActions, ...given })),
    approvals: z
      .strictObject({
        tier_timeout: Duration.prefault('5m'),
        expires_after: Duration.prefault('24h'),
        /** Asked in this order. `approvers` are names of tokens; empty means anyone with the scope. */
        tiers: z
          .array(z.strictObject({ name: z.string().min(1), approvers: z.array(z.string()).default([]) }))
          .min(1)
          .default([
            { name: 'on-call', approvers: [] },
            { name: 'team-lead', approvers: [] },
          ]),
      })
      .prefault({}),
    gate: z
      .strictObject({
        max_f1_drop: share.default(0.01),
        min_holdout_positives: count.default(1000),
        min_training_rows: count.default(20_000),
      })
      .prefault({}),
    watch: Duration.prefault('5m'),
    verify: z
      .strictObject({
        min_positives: count.default(200),
        every: Duration.prefault('10s'),
        give_up_after: Duration.prefault('30m'),
      })
      .prefault({}),
    cooldown: Duration.prefault('30m'),
    /** "I'm on it" stops paging for this long. */
    acknowledge_for: Duration.prefault('30m'),
    slack_channel: z.string().default('#ml-alerts'),
    jira_project: z.string().default('ML'),
    github_repository: z.string().default('ml-platform/incidents'),
  })
  .meta({ id: 'Policy' });
export type Policy = z.infer<typeof Policy>;
