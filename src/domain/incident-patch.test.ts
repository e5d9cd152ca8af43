import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { IncidentView } from './incident.ts';
import { applyPatch, patchOf } from './incident-patch.ts';

/** A view's shape is what matters here, not what its fields mean. */
const view = fc.record({
  incident_id: fc.constant('INC-2026-1123'),
  run_id: fc.constant('run'),
  version: fc.nat(),
  summary: fc.string(),
  error: fc.option(fc.string()),
  diagnosis: fc.option(fc.record({ claims: fc.array(fc.string(), { maxLength: 3 }) })),
  symptoms: fc.array(fc.record({ count: fc.nat(3) }), { maxLength: 4 }),
  evidence: fc.array(fc.record({ id: fc.string({ maxLength: 2 }) }), { maxLength: 4 }),
  actions: fc.array(
    fc.record(
      { state: fc.constantFrom('running', 'failed'), title: fc.string(), result: fc.option(fc.nat(2)) },
      { requiredKeys: ['state'] },
    ),
    { maxLength: 4 },
  ),
  log: fc.array(fc.record({ status: fc.constantFrom('recorded', 'failed') }), { maxLength: 4 }),
}) as unknown as fc.Arbitrary<IncidentView>;

test('a patch makes of the version before exactly the version after', () => {
  fc.assert(
    fc.property(view, view, (before, after) => {
      expect(applyPatch(before, JSON.parse(JSON.stringify(patchOf(before, after))))).toEqual(after);
    }),
  );
});

test('what did not change is not in it: of an item only the fields that differ', () => {
  fc.assert(
    fc.property(view, (same) => {
      const { fields, lists } = patchOf(same, structuredClone(same));
      expect({ fields, lists }).toEqual({ fields: {}, lists: {} });
    }),
  );
  const before = { actions: [{ state: 'awaiting', title: 'retrain' }] } as unknown as IncidentView;
  const after = {
    actions: [
      { state: 'approved', title: 'retrain' },
      { state: 'proposed', title: 'deploy' },
    ],
  } as unknown as IncidentView;
  expect(patchOf({ ...EMPTY, ...before }, { ...EMPTY, ...after }).lists).toEqual({
    actions: {
      changed: [[0, { state: 'approved' }]],
      from: 1,
      items: [{ state: 'proposed', title: 'deploy' }],
    },
  });
});

const EMPTY = { symptoms: [], evidence: [], actions: [], log: [] } as unknown as IncidentView;
