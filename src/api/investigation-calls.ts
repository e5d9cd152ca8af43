import { WorkflowNotFoundError } from '@temporalio/client';
import type { InvestigationView } from '../domain/investigation.ts';
import { ProblemError } from './problem.ts';
import type { ApiDeps } from './route.ts';

/** An unfinished investigation that was not heard of for this long may have been terminated: Temporal is asked. */
const QUIET_MS = 30_000;
const ANSWER_WITHIN_MS = 2_000;

type Deps = Pick<ApiDeps, 'store' | 'client' | 'now'>;

/** The investigation of this id as last recorded. @throws ProblemError 404 */
export async function knownInvestigation(deps: Deps, id: string): Promise<InvestigationView> {
  const view = await deps.store.investigation(id);
  if (view) return await settled(deps, view);
  throw new ProblemError('not-found', `no investigation ${id}; GET /api/investigations lists them`);
}

/**
 * A run that was terminated records nothing any more; this notes its end in the store, so that nobody waits for it. While
 * Temporal is away the view stays as it is.
 */
export async function settled(deps: Deps, view: InvestigationView): Promise<InvestigationView> {
  const { store, client, now } = deps;
  const at = now();
  if (view.finished_at !== null || at.getTime() - Date.parse(view.updated_at) < QUIET_MS) return view;
  if (await mayRun(client, view.workflow_id)) return view;
  const error = 'its workflow has ended without an answer (terminated, or lost with its Temporal server)';
  await store.recordInvestigation(
    {
      investigation_id: view.investigation_id,
      run_id: view.run_id,
      version: view.version + 1,
      status: 'cancelled',
      waiting_for: error,
      error,
      finished_at: at.toISOString(),
      updated_at: at.toISOString(),
    },
    [],
  );
  return (await store.investigation(view.investigation_id))!;
}

async function mayRun(client: Deps['client'], workflowId: string): Promise<boolean> {
  try {
    const described = await client.withDeadline(Date.now() + ANSWER_WITHIN_MS, () =>
      client.workflow.getHandle(workflowId).describe(),
    );
    // One that has completed has recorded how, or is about to.
    return ['RUNNING', 'COMPLETED', 'CONTINUED_AS_NEW'].includes(described.status.name);
  } catch (error) {
    return !(error instanceof WorkflowNotFoundError);
  }
}
