import { expect, test } from '@jest/globals';
import { MONITOR_SOURCE } from '../triggers/alert.ts';
import { pipelineAtFault } from './rerun.ts';

const pipeline = (name: string, lastStatus = 'ok') => ({
  name,
  system: { name: 'platform', address: 'http://127.0.0.1:7080' },
  job: null,
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
