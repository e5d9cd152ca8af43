import { createHash, randomUUID } from 'node:crypto';
import {
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
} from '@temporalio/client';
import { ApplicationFailure, type SignalDefinition, type UpdateDefinition } from '@temporalio/common';
import type { Receipt, Refusal } from '../domain/decision.ts';
import type { IncidentView } from '../domain/incident.ts';
import { ProblemError, type ProblemKind, unavailable } from './problem.ts';
import type { ApiDeps, Call, Reply } from './route.ts';

/** A worker that is up accepts an Update well within this; past it the message goes as a signal. */
const ACCEPT_WITHIN_MS = 2_000;
const SIGNAL_WITHIN_MS = 5_000;

const PROBLEM_OF: Record<Refusal, ProblemKind> = {
  InvalidMessage: 'invalid',
  UnknownApproval: 'not-found',
  AlreadyDecided: 'conflict',
  NotForThisTier: 'not-for-this-tier',
  ReplacedApproval: 'conflict',
  StaleStep: 'conflict',
};

/** The incident of this id as last recorded. @throws ProblemError 404 */
export async function knownIncident({ store }: ApiDeps, id: string): Promise<IncidentView> {
  const view = await store.incident(id);
  if (view) return view;
  throw new ProblemError('not-found', `no incident ${id}; GET /api/incidents lists them`);
}

/** The incident of this id if its workflow may still listen. @throws ProblemError 404, or 409 saying how it ended */
export async function openIncident(deps: ApiDeps, id: string): Promise<IncidentView> {
  const view = await knownIncident(deps, id);
  if (view.phase === 'closed') throw ended(view);
  // Incidents of a component share their workflow's id: a message to an older one must not reach the newer.
  const [newest] = await deps.store.incidents({ component: view.component, limit: 1 });
  if (newest && newest.workflow_id === view.workflow_id && newest.incident_id !== id) {
    throw new ProblemError(
      'conflict',
      `${howItEnded(view)}; the component's newest is ${newest.incident_id}`,
    );
  }
  return view;
}

function howItEnded({ incident_id, status, closed_at }: IncidentView): string {
  return closed_at
    ? `${incident_id} is over: ${status} since ${closed_at}`
    : `${incident_id} ended without being closed (its workflow was terminated or cancelled), last seen ${status}`;
}

export function ended(view: IncidentView): ProblemError {
  const next = view.closed_at
    ? 'nothing can be decided any more'
    : `nothing can be decided any more; check by hand what it left undone. The next alert on ${view.component} opens a new incident`;
  return new ProblemError('conflict', `${howItEnded(view)}; ${next}`);
}

/**
 * The id under which one message counts once: from the `Idempotency-Key`, bound to who sent it and about what, so that
 * two people's keys cannot meet; random without one.
 */
export function messageId(call: Pick<Call<unknown, unknown, unknown>, 'header' | 'token'>, about: string) {
  const key = call.header('idempotency-key');
  if (!key) return randomUUID();
  const parts = JSON.stringify([call.token.name, about, key]);
  return `key-${createHash('sha256').update(parts).digest('hex').slice(0, 24)}`;
}

interface Message<A> {
  update: UpdateDefinition<Receipt, [A]>;
  signal: SignalDefinition<[A]>;
  args: A;
  /** The same id in Update and signal: whatever arrives, and however often, counts once. */
  id: string;
}

/**
 * Sends a person's message as an Update and answers what the incident says: 200 with its receipt. Null when it was not
 * accepted within 2 s, because no worker is up: then `send` it. @throws ProblemError with the incident's refusal
 */
export async function tell<A>(
  { client }: ApiDeps,
  view: IncidentView,
  message: Message<A>,
): Promise<Reply | null> {
  const handle = client.workflow.getHandle(view.workflow_id);
  try {
    const receipt = await client.withDeadline(Date.now() + ACCEPT_WITHIN_MS, () =>
      handle.executeUpdate(message.update, { args: [message.args], updateId: message.id }),
    );
    return { status: 200, body: receipt };
  } catch (error) {
    if (error instanceof WorkflowUpdateRPCTimeoutOrCancelledError) return null;
    throw explained(error, view);
  }
}

/** Sends the message as a signal: no worker needs to be up, and no answer comes but "recorded". */
export async function send<A>(
  { client }: ApiDeps,
  view: IncidentView,
  { signal, args }: Pick<Message<A>, 'signal' | 'args'>,
): Promise<Reply> {
  try {
    await client.withDeadline(Date.now() + SIGNAL_WITHIN_MS, () =>
      client.workflow.getHandle(view.workflow_id).signal(signal, args),
    );
  } catch (error) {
    throw explained(error, view);
  }
  const receipt: Receipt = {
    outcome: 'recorded',
    message: 'recorded; it is checked and applies when a worker takes it up',
  };
  return { status: 202, body: receipt, headers: { location: `/api/incidents/${view.incident_id}` } };
}

/** What a failed call to an incident's workflow means for who called. */
export function explained(error: unknown, view: IncidentView): Error {
  if (error instanceof WorkflowNotFoundError) return ended(view);
  if (error instanceof WorkflowUpdateFailedError) {
    const { cause } = error;
    const kind = cause instanceof ApplicationFailure ? PROBLEM_OF[cause.type as Refusal] : undefined;
    if (kind) return new ProblemError(kind, (cause as Error).message);
    return new ProblemError('conflict', `the incident did not take it: ${cause?.message ?? error.message}`);
  }
  return unavailable('Temporal does not answer: nothing was recorded; send the same request again', error);
}
