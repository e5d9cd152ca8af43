import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { answerActivities } from '../../activities/answer/index.ts';
import type { Evidence, EvidenceRef } from '../../src/domain/evidence.ts';
import { openSqliteStore } from '../../src/store/sqlite/store.ts';
import type { AnswerActivities } from '../../workflows/contracts/answer.ts';
import type { InvestigateActivities, InvestigateRequest } from '../../workflows/contracts/investigate.ts';
import type { CheckRequest } from '../../workflows/contracts/monitor.ts';
import type { InvestigationInput } from '../../workflows/investigation/opening.ts';
import { INVESTIGATION_WORKFLOW, TASK_QUEUE } from '../../workflows/names.ts';
import { withWorker } from './incident.ts';
import { ScriptedWorld } from './scripted-world.ts';

const CHECKS = ['check_drift', 'query_snowflake', 'check_data_quality', 'check_model_health'] as const;

/** The scripted world, in which tools store their evidence and questions are answered by the real activities on a real store. */
export class AskedWorld extends ScriptedWorld {
  readonly store = openSqliteStore(':memory:');
  /** What the searches find, by tool. */
  documents: Record<string, Evidence['documents']> = {
    search_runbooks: [
      {
        file: 'runbook_model_drift.md',
        heading: '3.2 Causes',
        anchor: 'section-3-2',
        text: 'Look upstream first.',
        score: 1,
      },
    ],
    search_incidents: [],
  };

  override activities() {
    const scripted = super.activities();
    const answers = answerActivities({
      store: this.store,
      publicUrl: 'http://127.0.0.1:7070',
      model: null,
      now: () => new Date(),
    });
    const checks = CHECKS.map((tool) => [
      tool,
      async (request: CheckRequest) => {
        const found = await scripted[tool](request);
        for (const answer of Object.values(found))
          if ('evidence' in answer)
            for (const ref of answer.evidence) await this.#keep(ref, request.incidentId!);
        return found;
      },
    ]);
    const searches = (['search_runbooks', 'search_incidents'] as const).map((tool) => [
      tool,
      async (request: Parameters<InvestigateActivities[typeof tool]>[0]) => {
        const { id, ...found } = await scripted[tool](request);
        const ref = { ...found, id: `${id.slice(0, -8)}${request.round === 'question' ? '2' : '3'}0000000` };
        return this.#keep(ref, request.incidentId);
      },
    ]);
    const history = async (request: InvestigateRequest) => {
      const found = await scripted.query_snowflake_history(request);
      return Promise.all(found.map((ref) => this.#keep(ref, request.incidentId)));
    };
    const versions = async (request: InvestigateRequest) =>
      this.#keep(await scripted.compare_model_versions(request), request.incidentId);
    return {
      ...scripted,
      ...(Object.fromEntries([...checks, ...searches]) as Pick<
        typeof scripted,
        (typeof CHECKS)[number] | 'search_runbooks' | 'search_incidents'
      >),
      query_snowflake_history: history,
      compare_model_versions: versions,
      ...answers,
    } satisfies typeof scripted & AnswerActivities;
  }

  async #keep(ref: EvidenceRef, incidentId: string): Promise<EvidenceRef> {
    const documents = this.documents[ref.tool];
    await this.store.saveEvidence({
      ...ref,
      incident_id: incidentId,
      system: 'scripted',
      asked: ref.tool,
      at: new Date().toISOString(),
      facts: null,
      ...(documents && { documents }),
    });
    return ref;
  }
}

let asked = 0;

/** Asks before any worker is up, as REST does, then works on it until it ends. */
export async function ask(env: TestWorkflowEnvironment, question: string) {
  const investigationId = `INV-${process.pid}-${++asked}`;
  const input: InvestigationInput = {
    investigationId,
    question,
    component: 'classifier',
    askedBy: 'ana',
    askedAt: new Date().toISOString(),
  };
  const handle = await env.client.workflow.start(INVESTIGATION_WORKFLOW, {
    workflowId: `investigation-test-${investigationId}`,
    taskQueue: TASK_QUEUE,
    args: [input],
  });
  return { id: investigationId, handle };
}

/** The whole of it: asked, worked on, ended. */
export async function answered(env: TestWorkflowEnvironment, world: AskedWorld, question: string) {
  const { id, handle } = await ask(env, question);
  let failure: unknown = null;
  await withWorker(env, world, async () => {
    await handle.result().catch((error) => {
      failure = error;
    });
  });
  const view = (await world.store.investigation(id))!;
  const events = (await world.store.investigationEvents(id)).map(({ event }) => event);
  return { id, handle, failure, view, events };
}
