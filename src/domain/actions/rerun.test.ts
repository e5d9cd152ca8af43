import { expect, test } from '@jest/globals';
import { MONITOR_SOURCE } from '../triggers/alert.ts';
import type { ActionFacts } from './entry.ts';
import { pipelineAtFault, rerunPipeline } from './rerun.ts';

const pipeline = (name: string, lastStatus = 'ok') => ({
  name,
  system: { name: 'platform', address: 'http://127.0.0.1:7080' },
  job: null,
  feeds: [],
  lastStatus,
  lastRunAt: null,
});
const measured = (summary: string) => ({ source: MONITOR_SOURCE, summary });

test('the only pipeline is at fault, else the one that was measured, else the one that failed', () => {
  const [a, b] = [pipeline('transactions'), pipeline('transactions_eu')];
  expect(pipelineAtFault([a], [])).toBe(a);
  expect(pipelineAtFault([a, b], [measured('transactions_eu: null rate 19 %')])).toBe(b);
  const failed = pipeline('labels', 'failed');
  expect(pipelineAtFault([a, pipeline('labels_eu', 'DONE'), failed], [])).toBe(failed);
});

test('where that leaves a choice nobody chooses, and what others say does not count', () => {
  const [a, b] = [pipeline('transactions'), pipeline('transactions_eu')];
  expect(pipelineAtFault([a, b], [])).toBeNull();
  expect(pipelineAtFault([a, b], [{ source: 'grafana', summary: 'rerun transactions' }])).toBeNull();
  expect(pipelineAtFault([], [])).toBeNull();
});

test('the card of a pipeline that several models share names the others', () => {
  const shared = { ...pipeline('accounts', 'failed'), feeds: ['classifier', 'chargeback'] };
  const facts = {
    incidentId: 'INC-2026-1123',
    component: 'classifier',
    symptoms: [{ source: '', summary: '', first_at: '2026-11-23T10:00:00.000Z' }],
    diagnosis: null,
    status: { model: 'classifier', registry: null, trainer: null, pipelines: [shared], serving: null },
    now: '2026-11-23T11:00:00.000Z',
  } as unknown as ActionFacts;
  const card = rerunPipeline.card(rerunPipeline.prepare(facts) as Record<string, unknown>, facts);
  expect(card.facts).toContain('loads rows of chargeback again, too');
});
