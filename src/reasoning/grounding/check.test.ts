import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { driftCase, goodDraft, idOf, RUNBOOK } from '../../../tests/reasoning/case.ts';
import type { Diagnosis } from '../../domain/diagnosis.ts';
import { diagnoseByRules } from '../diagnose-by-rules.ts';
import { faultsOf, groundedOnly, textFaults } from './check.ts';

const input = driftCase();
const byRules = diagnoseByRules(input);
const DRIFT = idOf(input, 'check_drift');
const OUTCOMES = idOf(input, 'query_snowflake');
const TREND = idOf(input, 'query_snowflake_history', 'trend');
const UPSTREAM = idOf(input, 'query_snowflake_history', 'upstream');
const VERSIONS = idOf(input, 'compare_model_versions');
const INCIDENTS = idOf(input, 'search_incidents');

const withClaims = (...claims: Diagnosis['claims']): Diagnosis => ({ ...byRules, claims });
const faults = (text: string, ...evidence: string[]) => faultsOf(withClaims({ text, evidence }), input);

test('the rules’ diagnosis passes, and nothing of it is left out', () => {
  expect(faultsOf(byRules, input)).toEqual([]);
  expect(groundedOnly(byRules, input)).toEqual(byRules);
});

test('two claims that swap their evidence fail, whichever they are', () => {
  const drafted = goodDraft(input).claims;
  const claims = [...byRules.claims, ...drafted];
  const measured = claims.filter(({ evidence }) => evidence.length === 1);
  let pairs = 0;
  for (const [i, a] of measured.entries())
    for (const b of measured.slice(i + 1)) {
      if (a.evidence[0] === b.evidence[0]) continue;
      pairs += 1;
      const swapped = withClaims({ ...a, evidence: b.evidence }, { ...b, evidence: a.evidence });
      expect([a.text, b.text, faultsOf(swapped, input).length > 0]).toEqual([a.text, b.text, true]);
    }
  expect(pairs).toBeGreaterThan(15);
});

test.each([
  ['V14 has a PSI of 0.8.', DRIFT],
  ['V14 has a PSI of .80 (limit 0.3).', DRIFT],
  ['PSI of V14: 0.800, of V17: 0.60.', DRIFT],
  ['V14/V17 drifted, 2 of 29 features.', DRIFT],
  ['F1 0.82 against 0.91.', OUTCOMES],
  ['F1 fell from 91 % to 82 %, by 0.09.', OUTCOMES],
  ['F1 is 82.0 percent over 60,000 labelled rows with 1 200 positives.', OUTCOMES],
  ['F1 over 60000 rows (60k), p99 latency 0.12 s.', OUTCOMES],
  ['p99 latency is 120 ms.', OUTCOMES],
  ['It began at 2026-11-23 11:00 UTC.', TREND],
  ['It began at 2026-11-23T11:00:00Z, that is at 11:00 on 2026-11-23.', TREND],
  ['90,000 labelled rows since then, 1,800 of them positive.', TREND],
  ['The mean of V14 went from 0.00 to 1.05.', TREND],
  ['The transactions pipeline went to vendor-a/v2, schema 3 to 4.', UPSTREAM],
  ['v1 had F1 0.905, v2 has 0.82.', VERSIONS],
  [`INC-2026-0115 was alike: V14 had a PSI of 0.74 (inc_2026_0115_v14_drift.md).`, INCIDENTS],
])('%s: in another form, and still what it cites', (text, id) => {
  expect(faults(text, id)).toEqual([]);
});

test.each([
  ['an invented feature', 'V15x drifted with a PSI of 0.8.', DRIFT, 'V15x'],
  ['a feature that is a version', 'V2 is worse than V1: F1 0.82.', VERSIONS, 'V2'],
  ['an invented version', 'v9 has F1 0.82.', VERSIONS, 'v9'],
  ['an invented value', 'F1 fell to 0.77.', OUTCOMES, '0.77'],
  ['an invented share', 'F1 fell by 31 %.', OUTCOMES, '31 %'],
  ['an invented count', '7 pipelines failed.', UPSTREAM, '7'],
  ['an invented run', 'Run tx_4711 failed.', UPSTREAM, 'tx_4711'],
  ['an invented time', 'It began at 2026-11-23 09:17 UTC.', TREND, '09:17'],
  ['an invented hour', 'It began at 09:17.', TREND, '09:17'],
  ['an invented file', 'The runbook runbook_evil.md says so.', INCIDENTS, 'runbook_evil.md'],
  ['an earlier incident not found', 'INC-2026-0999 was alike.', INCIDENTS, 'INC-2026-0999'],
  ['a metric that was not measured there', 'The latency rose.', DRIFT, 'latency'],
  ['the PSI of another feature', 'V14 (PSI 0.60) drifted.', DRIFT, '0.60 is not the PSI of V14'],
  ['a past value told as a present one', 'V14 has a PSI of 0.74.', INCIDENTS, 'only documents'],
  ['an id in the text that it does not cite', `As ${OUTCOMES} shows, V14 drifted.`, DRIFT, 'not cited'],
])('%s fails', (_, text, id, what) => {
  const [fault, ...more] = faults(text, id);
  expect(fault).toContain(what);
  expect(fault).toContain('claim 1');
  expect(more.length).toBeLessThanOrEqual(1);
});

test.each([
  ['11:00 on November 23', []],
  ['11:00 on 23rd November 2026', []],
  ['11:00 on Nov. 23, 2026', []],
  ['11:00 on October 23', ['"10-23" is not in what it cites']],
  ['11:00 on November 24, 2026', ['"2026-11-24" is not in what it cites']],
  ['11:00, Market 2', ['"2" is not in what it cites']],
])('It began at %s', (when, expected) => {
  expect(textFaults(`It began at ${when}.`, [TREND], { ...input, alerts: [] })).toEqual(expected);
});

test('what policy sets is known as a limit, and as nothing else', () => {
  for (const text of [
    'F1 fell by more than 5 %.',
    'p99 is below the limit of 1 s.',
    'PSI of V14 is above 0.3 (0.8).',
  ])
    expect([text, textFaults(text, [OUTCOMES, DRIFT], input)]).toEqual([text, []]);
  for (const text of ['F1 fell by 50 %.', 'The latency rose to 1 s.', 'It took 1000 positives.'])
    expect([text, textFaults(text, [OUTCOMES], input).length > 0]).toEqual([text, true]);
});

test('the alert, its component and the active version have names that need no evidence', () => {
  const [{ alert_id }] = input.alerts as [(typeof input.alerts)[0]];
  const root_cause = `${alert_id}, model_drift on classifier_v2, came of V14 and V17; v2 of classifier is sound.`;
  expect(faultsOf({ ...byRules, root_cause }, input)).toEqual([]);
});

test('any number that the evidence does not hold fails, however it is written', () => {
  const write = fc.constantFrom(
    (n: number) => `${n}`,
    (n: number) => n.toFixed(3),
    (n: number) => `${n} %`,
    (n: number) => `${n} ms`,
  );
  fc.assert(
    fc.property(fc.integer({ min: 2_001, max: 9_999 }), write, (n, written) => {
      expect(faults(`F1 was ${written(n + 0.5)}.`, OUTCOMES).length).toBeGreaterThan(0);
    }),
  );
});

test('any value is found again however it is rounded, scaled or grouped', () => {
  const values = fc.double({ min: 0.001, max: 0.999, noNaN: true });
  fc.assert(
    fc.property(values, fc.integer({ min: 1_000, max: 9_999_999 }), (f1, labelled) => {
      const grounds = caseWith({ f1, labelled });
      for (const said of [
        f1.toFixed(3),
        f1.toFixed(2).replace(/^0/, ''),
        `${(f1 * 100).toFixed(1)} %`,
        `${Math.round(f1 * 1000) / 10}%`,
        labelled.toLocaleString('en-US'),
        labelled.toLocaleString('en-US').replaceAll(',', ' '),
      ])
        expect([said, textFaults(`It is ${said} now.`, [OUTCOMES], grounds)]).toEqual([said, []]);
    }),
  );
});

function caseWith(over: { f1: number; labelled: number }) {
  const evidence = input.evidence.map((item) =>
    item.id === OUTCOMES ? { ...item, facts: { ...(item.facts as object), ...over } } : item,
  );
  return { ...input, evidence };
}

test('the root cause rests on all that the diagnosis cites, and on nothing else', () => {
  expect(faultsOf({ ...byRules, root_cause: 'V14 moved because v9 was released.' }, input)).toEqual([
    'root cause: "v9" is not in what it cites',
  ]);
  const few = { ...byRules, claims: byRules.claims.slice(0, 1), evidence: [DRIFT] };
  expect(faultsOf(few, input)).toContain('root cause: "schema" is not in what it cites');
});

test('a runbook section and earlier incidents count only when they were found', () => {
  expect(faultsOf({ ...byRules, runbook_reference: RUNBOOK }, input)).toEqual([]);
  const elsewhere = {
    ...byRules,
    runbook_reference: 'runbook_evil.md#section-1',
    similar_incidents: ['INC-2026-0999: x'],
  };
  expect(faultsOf(elsewhere, input)).toEqual([
    'runbook_evil.md#section-1: not among the sections found',
    'INC-2026-0999: x: not among the incidents found',
  ]);
});

test('a claim of the rules that does not hold is left out, and that is said', () => {
  const wrong = { text: 'V14 (PSI 0.99) drifted.', evidence: [DRIFT] };
  const kept = groundedOnly({ ...byRules, claims: [wrong, ...byRules.claims] }, input);
  expect(kept.claims).toEqual(byRules.claims);
  expect(kept.not_found.at(-1)).toMatch(/^left out, as .*0\.99.*: V14 \(PSI 0\.99\) drifted\.$/);
});

test('text that others wrote may hold anything and breaks nothing', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
      expect(Array.isArray(textFaults(text, [DRIFT], input))).toBe(true);
    }),
  );
});
