import { createHash } from 'node:crypto';
import {
  WorkflowExecutionAlreadyStartedError,
  WorkflowIdConflictPolicy,
  WorkflowIdReusePolicy,
} from '@temporalio/client';
import { z } from 'zod';
import { type InvestigationInput, openingView } from '../../../workflows/investigation/opening.ts';
import { INVESTIGATION_WORKFLOW, investigationWorkflowId, TASK_QUEUE } from '../../../workflows/names.ts';
import { ComponentName, componentOf } from '../../domain/alert.ts';
import { InvestigationView, MAX_QUESTION } from '../../domain/investigation.ts';
import { componentsIn } from '../../domain/question.ts';
import { messageId } from '../incident-calls.ts';
import { settled } from '../investigation-calls.ts';
import { ProblemError, unavailable } from '../problem.ts';
import { type ApiDeps, defineRoute } from '../route.ts';
import { investigationLinks, Links } from './investigation.ts';

/** Each question runs a dozen queries and asks the model: more at once would slow incidents down. */
const MOST_AT_ONCE = 5;
const START_WITHIN_MS = 10_000;

const Asked = z
  .strictObject({
    question: z
      .string()
      .trim()
      .min(1, 'a question, such as "why is the fraud model drifting?"')
      .max(MAX_QUESTION),
    component: ComponentName.optional(),
  })
  .meta({ id: 'AskedQuestion' });

const Accepted = z
  .object({ investigation_id: z.string(), workflow_id: z.string(), component: z.string(), links: Links })
  .meta({ id: 'AcceptedQuestion' });
export type AcceptedQuestion = z.infer<typeof Accepted>;

export const postInvestigation = (deps: ApiDeps) =>
  defineRoute({
    method: 'post',
    path: '/api/investigations',
    summary:
      'Ask a question about a component; it is investigated with the tools of an incident and changes nothing',
    scope: 'incidents:read',
    body: Asked,
    answers: { 202: { description: 'Temporal has it; its answer streams', schema: Accepted } },
    refusals: [429, 503],
    async handle({ body: { question, component: given }, token, header }) {
      const component = componentAsked(Object.keys(deps.policy.current().components), question, given);
      const id = `INV-${createHash('sha256').update(messageId({ header, token }, 'question')).digest('hex').slice(0, 12)}`;
      const workflowId = investigationWorkflowId(deps.config.environment, id);
      if (!(await deps.store.investigation(id))) {
        await roomForOneMore(deps);
        const askedAt = deps.now().toISOString();
        const input = { investigationId: id, question, component, askedBy: token.name, askedAt };
        const runId = await start(deps, workflowId, input);
        // The run writes this as well; until a worker takes it up, it is shown as queued.
        await deps.store.openInvestigation(openingView(input, workflowId, runId));
      }
      const links = investigationLinks(deps, id);
      return {
        status: 202,
        body: { investigation_id: id, workflow_id: workflowId, component, links } satisfies AcceptedQuestion,
        headers: { location: links.self },
      };
    },
  });

export const getInvestigations = ({ store }: ApiDeps) =>
  defineRoute({
    method: 'get',
    path: '/api/investigations',
    summary: 'Questions as last recorded, newest first',
    scope: 'incidents:read',
    query: z.strictObject({
      component: ComponentName.optional(),
      limit: z.coerce.number().int().min(1).max(200).default(50),
    }),
    answers: { 200: { description: 'The investigations', schema: z.array(InvestigationView) } },
    async handle({ query }) {
      return { status: 200, body: await store.investigations(query) };
    },
  });

/** The one that is given, or named in the question, or the only one. @throws ProblemError 422 naming all */
function componentAsked(known: readonly string[], question: string, given: string | undefined): string {
  const all = known.join(', ') || 'none';
  if (given !== undefined) {
    const component =
      known.find((name) => name === given) ?? known.find((name) => name === componentOf(given));
    if (component) return component;
    const message = `expected a component of the policy (${all}), got "${given}"`;
    throw new ProblemError('invalid', message, { errors: [{ path: 'component', message }] });
  }
  const named = componentsIn(question, known);
  const candidates = named.length > 0 ? named : known;
  if (candidates.length === 1) return candidates[0]!;
  const message = `say which component is meant: ${candidates.join(', ') || 'policy names none'}`;
  throw new ProblemError('invalid', message, { errors: [{ path: 'component', message }] });
}

/** @throws ProblemError 429 while as many as may are under way */
async function roomForOneMore(deps: ApiDeps): Promise<void> {
  const open = await deps.store.investigations({ finished: false, limit: MOST_AT_ONCE });
  if (open.length < MOST_AT_ONCE) return;
  const still = await Promise.all(open.map((view) => settled(deps, view)));
  const running = still.filter((view) => view.finished_at === null);
  if (running.length < MOST_AT_ONCE) return;
  throw new ProblemError(
    'busy',
    `${running.length} questions are being investigated, ${MOST_AT_ONCE} is the most at once; ask again when one is answered`,
    { headers: { 'retry-after': '15' } },
  );
}

/** @throws ProblemError 503 when Temporal did not take it */
async function start({ client }: ApiDeps, workflowId: string, input: InvestigationInput): Promise<string> {
  try {
    const handle = await client.withDeadline(Date.now() + START_WITHIN_MS, () =>
      client.workflow.start(INVESTIGATION_WORKFLOW, {
        workflowId,
        taskQueue: TASK_QUEUE,
        args: [input],
        // The same Idempotency-Key is the same question, also when its row was not written any more.
        workflowIdReusePolicy: WorkflowIdReusePolicy.REJECT_DUPLICATE,
        workflowIdConflictPolicy: WorkflowIdConflictPolicy.USE_EXISTING,
        staticSummary: input.question.replace(/\s+/g, ' ').slice(0, 200),
      }),
    );
    return handle.firstExecutionRunId;
  } catch (error) {
    if (error instanceof WorkflowExecutionAlreadyStartedError) return '';
    throw unavailable('Temporal did not acknowledge the question; ask again', error);
  }
}
