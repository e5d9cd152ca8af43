import { expect, test } from '@jest/globals';
import {
  caseOf,
  deployedAtOnset,
  drift,
  driftStory,
  fallen,
  health,
  outcomes,
  quality,
  riskyNames,
  trend,
  upstream,
  versions,
} from '../../../tests/investigate/fixtures.ts';
import type { AlertType } from '../../domain/alert.ts';
import type { Category } from '../../domain/category.ts';
import { diagnoseByRules } from '../diagnose-by-rules.ts';
import type { Facts } from '../facts.ts';
import { categoriesOf } from './index.ts';

const CASES: [Category, AlertType, Facts[], string[]][] = [
  ['upstream_change', 'model_drift', driftStory(), ['retrain_model', 'rollback_model']],
  ['upstream_change', 'accuracy_drop', driftStory(), ['retrain_model', 'rollback_model']],
  [
    'upstream_change',
    'data_quality',
    [
      quality({ schema_violations: 9_000 }),
      upstream({ what: 'schema_version' }),
      trend([{ series: 'V3' }], { labelled: 0, positives: 0 }),
    ],
    [],
  ],
  [
    'source_outage',
    'data_quality',
    [quality({ null_rate: 0.2 }), trend([{ series: 'flagged_share' }])],
    ['rerun_pipeline'],
  ],
  [
    'seasonal_shift',
    'model_drift',
    [
      drift({ V3: 0.35, V14: 0.4, amount: 0.5 }, 0.33),
      trend([
        { series: 'V14', abrupt: false },
        { series: 'amount', abrupt: false },
      ]),
    ],
    [],
  ],
  [
    'concept_drift',
    'accuracy_drop',
    [fallen(), trend([{ series: 'f1', abrupt: false }])],
    ['retrain_model', 'rollback_model'],
  ],
  [
    'training_data_corruption',
    'accuracy_drop',
    [
      fallen(),
      trend([{ series: 'f1' }]),
      versions({
        ...deployedAtOnset,
        active: {
          training: {
            from: '2026-11-10T00:00:00Z',
            to: '2026-11-12T00:00:00Z',
            rows: 60_000,
            positives: 600,
          },
        },
      }),
    ],
    ['rollback_model'],
  ],
  [
    'model_regression',
    'accuracy_drop',
    [fallen(), trend([{ series: 'f1' }]), versions(deployedAtOnset)],
    ['rollback_model'],
  ],
  [
    'pipeline_failure',
    'data_quality',
    [quality({ record_count: 10_000 }), upstream({ what: 'failed' }, { what: 'missing' })],
    ['rerun_pipeline'],
  ],
  [
    'duplicate_load',
    'data_quality',
    [quality({ record_count: 125_000 }), upstream({ what: 'duplicate' })],
    [],
  ],
  [
    'traffic_surge',
    'latency',
    [
      outcomes({ latency_p99_ms: 2_400 }),
      quality({ record_count: 110_000 }),
      health({ cpu: 0.95, queue: 400 }),
      trend([{ series: 'latency_p99_ms' }]),
    ],
    ['scale_infrastructure'],
  ],
  [
    'resource_saturation',
    'latency',
    [outcomes({ latency_p99_ms: 2_400 }), health({ memory: 0.97 }), trend([{ series: 'latency_p99_ms' }])],
    ['scale_infrastructure'],
  ],
  [
    'slow_model',
    'latency',
    [
      outcomes({ latency_p99_ms: 2_400 }),
      versions({ ...deployedAtOnset, activeF1: 0.91 }),
      trend([{ series: 'latency_p99_ms' }]),
    ],
    ['rollback_model', 'scale_infrastructure'],
  ],
  [
    'attack_wave',
    'anomaly_spike',
    [outcomes({ flagged_share: 0.16, positives: 9_000 }), trend([{ series: 'flagged_share' }])],
    [],
  ],
  ['healthy', 'model_drift', [], []],
  ['healthy', 'latency', [], []],
  ['unknown', 'latency', [drift({ V14: 0.4 }, 0.1)], []],
];

test.each(CASES)('%s is told from its signs (%s)', (category, strategy, facts, risky) => {
  const diagnosis = diagnoseByRules(caseOf(strategy, facts));
  expect(diagnosis.category).toBe(category);
  expect(riskyNames(diagnosis)).toEqual(risky);
});

test('every category is reached by some case', () => {
  expect(new Set(CASES.map(([category]) => category))).toEqual(new Set(categoriesOf()));
});
