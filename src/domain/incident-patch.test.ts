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
  actions: fc.array(fc.record({ status: fc.constantFrom('running', 'failed') }), { maxLength: 4 }),
  approvals: fc.array(fc.record({ status: fc.constantFrom('open', 'denied') }), { maxLength: 4 }),
}) as unknown as fc.Arbitrary<IncidentView>;

test('a patch makes of the version before exactly the version after', () => {
  fc.assert(
    fc.property(view, view, (before, after) => {
      expect(applyPatch(before, JSON.parse(JSON.stringify(patchOf(before, after))))).toEqual(after);
    }),
  );
});

test('what did not change is not in it, and a list is sent from its first change on', () => {
  fc.assert(
    fc.property(view, (same) => {
      const { fields, lists } = patchOf(same, structuredClone(same));
      expect({ fields, lists }).toEqual({ fields: {}, lists: {} });
    }),
  );
  const before = { evidence: [{ id: 'a' }, { id: 'b' }] } as IncidentView;
  const after = { evidence: [{ id: 'a' }, { id: 'c' }, { id: 'd' }] } as IncidentView;
  expect(patchOf({ ...EMPTY, ...before }, { ...EMPTY, ...after }).lists).toEqual({
    evidence: { from: 1, items: [{ id: 'c' }, { id: 'd' }] },
  });
});

const EMPTY = { symptoms: [], evidence: [], actions: [], approvals: [] } as unknown as IncidentView;
