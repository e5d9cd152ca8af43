import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Evidence } from '../domain/evidence.ts';
import { type AnswerMaterial, answerByRules } from './answer-by-rules.ts';

const item = (tool: string, i: number, texts: string[] = []): Evidence => ({
  id: `ev_${tool}_0000000${i}`,
  incident_id: 'INV-1',
  tool,
  system: 'test',
  asked: 'x',
  at: '2026-11-23T12:00:00.000Z',
  summary: 'x',
  facts: null,
  ...(tool.startsWith('search_') && {
    documents: texts.map((text) => ({
      file: 'runbook_x.md',
      heading: '3. Causes',
      anchor: 'section-3',
      text,
      score: 1,
    })),
  }),
});

function material(
  over: Partial<AnswerMaterial['diagnosis']> = {},
  texts: string[] = ['Look upstream.'],
): AnswerMaterial {
  const evidence = [
    item('search_runbooks', 1, texts),
    item('search_incidents', 2),
    item('query_snowflake', 3),
    item('check_drift', 4),
  ];
  return {
    component: 'classifier',
    evidence,
    asked: [evidence[0]!.id, evidence[1]!.id],
    incident: null,
    diagnosis: {
      alert_id: 'INV-1',
      root_cause: 'V14 changed upstream.',
      confidence: 0.9,
      evidence: ['ev_check_drift_00000004'],
      recommended_actions: [{ action: 'retrain_model', priority: 1, requires_approval: true }],
      runbook_reference: null,
      similar_incidents: [],
      verdict: 'confirmed',
      category: 'upstream_change',
      claims: [{ text: 'V14 PSI 0.80.', evidence: ['ev_check_drift_00000004'] }],
      diagnosed_by: 'rules',
      not_found: ['no failed runs'],
      onset: null,
      ...over,
    },
  };
}

test('the cause first, then what shows it, what the runbook says, and what could be done', () => {
  expect(answerByRules(material())).toBe(
    [
      'V14 changed upstream (confirmed, confidence 0.90) [ev_check_drift_00000004].',
      '- V14 PSI 0.80 [ev_check_drift_00000004].',
      'runbook_x.md#section-3 "3. Causes" says: "Look upstream." [ev_search_runbooks_00000001].',
      'What could be done: retrain_model (with approval); a question changes nothing [ev_check_drift_00000004].',
    ].join('\n\n'),
  );
});

test('an open verdict lists the checks that found nothing', () => {
  const text = answerByRules(material({ verdict: 'inconclusive', recommended_actions: [] }));
  expect(text).toMatch(/^V14 changed upstream \[ev_check_drift_00000004\]\./);
  expect(text).toContain(
    'Checked, not found: no failed runs [ev_check_drift_00000004, ev_query_snowflake_00000003].',
  );
});

test('of a section its first sentences are quoted, not its table or its code', () => {
  const section =
    '## 3. Causes\n\n```sql\nselect 1\n\nfrom t\n```\n\n| a | b |\n|---|---|\n\nLook at the source.\n\nThen retrain.';
  expect(answerByRules(material({}, [section]))).toContain('says: "Look at the source." [');
  expect(answerByRules(material({}, ['| a | b |']))).toContain('"3. Causes" is about this [');
});

test('whatever a diagnosis says, every sentence ends with evidence that was collected', () => {
  const word = fc.oneof(fc.string(), fc.constantFrom('[ev_check_drift_ffffffff]', ']', '[', '. ', 'PSI 0.8'));
  const words = fc
    .array(word, { minLength: 1 })
    .map((parts) => `x${parts.join(' ')}`.replace(/[\r\n]+/g, ' '));
  const verdict = fc.constantFrom('confirmed', 'likely', 'inconclusive', 'healthy');
  const ids = fc.subarray(['ev_check_drift_00000004', 'ev_query_snowflake_00000003', 'ev_invented_00000000']);
  fc.assert(
    fc.property(words, words, verdict, ids, (root_cause, text, verdict, evidence) => {
      const given = material({
        root_cause,
        verdict,
        evidence,
        claims: [{ text, evidence }],
        not_found: [text],
      });
      const known = new Set(given.evidence.map(({ id }) => id));
      const lines = answerByRules(given).split('\n').filter(Boolean);
      expect(lines.length).toBeGreaterThan(0);
      for (const line of lines) {
        const cited = /^[^[\]]+ \[([\w, ]+)\]\.$/.exec(line)?.[1]?.split(', ') ?? ['none'];
        expect(cited.every((id) => known.has(id))).toBe(true);
      }
    }),
  );
});
