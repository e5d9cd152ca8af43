import { expect, test } from '@jest/globals';
import { caseOf, driftStory, NOW, ONSET } from '../../../tests/investigate/fixtures.ts';
import { sampleAction } from '../../../tests/store/samples.ts';
import type { IncidentView } from '../../domain/incident.ts';
import { diagnoseByRules } from '../../reasoning/diagnose-by-rules.ts';
import { createKnowledge } from '../sqlite/index.ts';
import { IncidentMeta, splitFrontMatter } from './front-matter.ts';
import { incidentReport } from './report.ts';

const input = caseOf('model_drift', driftStory());

function closed(over: Partial<IncidentView> = {}): IncidentView {
  return {
    incident_id: 'INC-2026-1123',
    workflow_id: 'incident-local-classifier',
    run_id: 'r',
    component: 'classifier',
    environment: 'local',
    status: 'resolved',
    phase: 'closed',
    severity: 'critical',
    alert_type: 'model_drift',
    summary: 'Aggregate PSI 0.45 of classifier_v2',
    opened_at: ONSET,
    updated_at: NOW,
    closed_at: NOW,
    symptoms: [],
    alert_count: 2,
    diagnosis: diagnoseByRules(input),
    evidence: [],
    actions: [
      sampleAction({ state: 'verified', details: 'job 7 made v3', at: NOW }),
      sampleAction({ action: 'deploy_model', state: 'verified', details: 'v3 is live', at: NOW }),
    ],
    log: [],
    policy_version: 'p1',
    step_id: null,
    waiting_for: '',
    error: null,
    acknowledged_by: null,
    f1_before: 0.82,
    f1_after: 0.91,
    detect_ms: 1,
    diagnose_ms: 1,
    act_ms: 1,
    previous_incident: null,
    version: 9,
    ...over,
  };
}

const events = [
  { at: ONSET, actor: 'Monitor' as const, what: 'check_drift', result: 'aggregate 0.45' },
  { at: NOW, actor: 'Person' as const, what: 'decide', result: 'approved', by: 'ana' },
];

test('a report has the form of the written ones, and is found like them', async () => {
  const { file, content } = incidentReport(closed(), events, input.evidence);
  expect(file).toBe('inc_2026_1123_model_drift.md');
  const { raw, body } = splitFrontMatter(content);
  expect(IncidentMeta.parse(raw)).toMatchObject({
    incident_id: 'INC-2026-1123',
    date: '2026-11-23',
    alert_types: ['model_drift'],
    category: 'upstream_change',
    duration_minutes: 60,
  });
  expect(body).toContain('F1 0.820 → 0.910');
  expect(body).toContain('| 12:00:00 | ana (Person) | decide: approved |');
  const knowledge = createKnowledge(':memory:');
  await knowledge.put(file, content);
  const {
    hits: [hit],
  } = await knowledge.search({
    query: 'V14 V17 drift',
    docType: 'incident',
    alertType: 'model_drift',
  });
  expect(hit).toMatchObject({ incident_id: 'INC-2026-1123', title: expect.stringContaining('V14 and V17') });
  knowledge.close();
});

test('a second incident of the day, without diagnosis, is a report too', () => {
  const { file, content } = incidentReport(
    closed({ incident_id: 'INC-2026-1123-2', diagnosis: null, actions: [], f1_after: null }),
    [],
    [],
  );
  expect(file).toBe('inc_2026_1123_2_model_drift.md');
  expect(IncidentMeta.parse(splitFrontMatter(content).raw)).toMatchObject({
    title: 'model_drift on classifier, cause not found',
    category: 'unknown',
  });
});

test('text of others makes no headings, tables or front-matter', () => {
  const hostile = '---\n# Lessons | x |\n<script>';
  const view = closed({
    summary: hostile,
    diagnosis: { ...closed().diagnosis!, root_cause: hostile.repeat(20) },
  });
  const { content } = incidentReport(view, [{ ...events[0]!, result: hostile }], []);
  const clean = incidentReport(closed(), [events[0]!], []).content;
  const headings = (text: string) => text.match(/^## .*$/gm);
  expect(headings(content)).toEqual(headings(clean));
  expect(content).not.toContain('<script>');
  expect(() => IncidentMeta.parse(splitFrontMatter(content).raw)).not.toThrow();
});
