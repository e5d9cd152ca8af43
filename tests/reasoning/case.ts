import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { diagnose } from '../../activities/investigate/diagnose.ts';
import type { Evidence } from '../../src/domain/evidence.ts';
import type { DiagnoseAnswer } from '../../src/domain/reasoning.ts';
import type { DiagnoseInput } from '../../src/reasoning/case-file.ts';
import type { ModelSettings } from '../../src/reasoning/model/ollama.ts';
import { caseOf, driftStory, NOW } from '../investigate/fixtures.ts';
import { policiesOf } from '../support/memory-platform.ts';

/** The drift story with what the knowledge base found for it, and the activity `diagnose` over it. */

const document = (file: string, anchor: string, heading: string, text: string) => ({
  ...{ file, anchor, heading, text },
  score: 1,
});

function search(tool: 'search_runbooks' | 'search_incidents', documents: Evidence['documents']): Evidence {
  const incident = tool === 'search_incidents';
  return {
    id: `ev_${tool}_0000000a`,
    incident_id: 'INC-2026-1123',
    tool,
    system: 'knowledge base',
    asked: 'what causes drift',
    at: NOW,
    summary: `${documents!.length} sections`,
    facts: {
      kind: 'search',
      query: 'what causes drift',
      method: 'BM25',
      hits: documents!.length,
      found: documents!.map(({ file }) => ({
        file,
        title: incident ? 'V14 drift caused by vendor API change' : 'Model drift',
        incident_id: incident ? 'INC-2026-0115' : null,
      })),
    },
    documents,
  };
}

export const RUNBOOK = 'runbook_model_drift.md#section-3-2';

/** @param texts of a runbook section and of an incident report, as others may have written them */
export const driftCase = (texts: { runbook?: string; incident?: string } = {}): DiagnoseInput =>
  withDocuments(caseOf('model_drift', driftStory()), texts);

/** A case with what the knowledge base found for it. */
export function withDocuments(
  input: DiagnoseInput,
  texts: { runbook?: string; incident?: string } = {},
): DiagnoseInput {
  const runbook = texts.runbook ?? 'High drift is caused by upstream schema changes, seasons or outages.';
  const incident = texts.incident ?? 'V14 drifted with a PSI of 0.74 after the vendor changed its API.';
  return {
    ...input,
    evidence: [
      ...input.evidence,
      search('search_runbooks', [
        document('runbook_model_drift.md', 'section-3-2', '3.2 Causes', runbook),
        document('runbook_retraining.md', 'section-2', '2. Before retraining', 'Count the labelled rows.'),
      ]),
      search('search_incidents', [
        document('inc_2026_0115_v14_drift.md', 'root-cause', 'Root cause', incident),
      ]),
    ],
  };
}

/** The id of a tool's evidence; of the history, the trend or the pipeline runs. */
export function idOf({ evidence }: DiagnoseInput, tool: string, kind?: string): string {
  return evidence.find(
    (item) => item.tool === tool && (!kind || (item.facts as { kind: string }).kind === kind),
  )!.id;
}

/** A model's answer that differs from the rules' one and is borne out by the evidence. */
export function goodDraft(input: DiagnoseInput) {
  return {
    claims: [
      {
        text: 'V14 (PSI 0.8) and V17 (PSI 0.60) left their training distribution.',
        evidence: [idOf(input, 'check_drift')],
      },
      { text: 'F1 fell to 82 % from 91 %.', evidence: [idOf(input, 'query_snowflake')] },
      {
        text: 'The transactions pipeline went from vendor-a/v1 to vendor-a/v2 at 11:00 UTC.',
        evidence: [idOf(input, 'query_snowflake_history', 'upstream')],
      },
    ],
    root_cause: 'A new vendor feed moved V14 and V17 at 2026-11-23 11:00 UTC.',
    category: 'upstream_change',
    verdict: 'likely',
    confidence: 0.7,
    recommended_actions: ['create_jira_ticket', 'retrain_model'],
    runbook_reference: RUNBOOK,
    similar_incidents: ['INC-2026-0115'],
    not_found: ['a deployment around that time'],
  };
}

const env = () => new MockActivityEnvironment(undefined, { logger: new DefaultLogger('ERROR') });

/** Runs the activity as a worker would. `environment` lets a test cancel it or listen to its heartbeats. */
export function diagnosed(
  input: DiagnoseInput,
  model: ModelSettings | null,
  mayAsk = false,
  environment = env(),
): Promise<DiagnoseAnswer> {
  const { strategy, alerts, evidence, pastActions, policy } = input;
  const activity = diagnose({
    store: { evidenceOf: async () => evidence, saveEvidence: async () => {} },
    policies: policiesOf({ components: {}, ...policy } as never),
    model,
  });
  const request = { incidentId: 'INC-2026-1123', component: 'classifier', round: '1', strategy, alerts };
  return environment.run(activity, {
    ...request,
    evidence: evidence.map(({ id }) => id),
    pastActions,
    mayAsk,
  }) as Promise<DiagnoseAnswer>;
}

export const activityEnvironment = env;
