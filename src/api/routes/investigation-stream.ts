import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { InvestigationEvent, InvestigationStatus } from '../../domain/investigation.ts';
import { knownInvestigation } from '../investigation-calls.ts';
import { type ApiDeps, defineRoute } from '../route.ts';
import { InvestigationParams } from './investigation.ts';

const LOOK_EVERY_MS = 250;
/** Below the idle time of the usual proxies; also how often a silent run is looked after. */
const HEARTBEAT_MS = 15_000;

/** The last event of a stream: nothing follows, and a client need not come again. */
const Done = z
  .object({ type: z.literal('done'), status: InvestigationStatus, error: z.string().nullable() })
  .meta({ id: 'InvestigationDone' });

/** What the `data` of the stream's events holds; `type` is the event's name. */
export const StreamedEvent = z.union([InvestigationEvent, Done]);
export type StreamedEvent = z.infer<typeof StreamedEvent>;

export const getInvestigationStream = (deps: ApiDeps) =>
  defineRoute({
    method: 'get',
    path: '/api/investigations/:id/stream',
    summary: 'Server-sent events: progress of the tools, pieces of the answer, its citations, done',
    scope: 'incidents:read',
    params: InvestigationParams,
    answers: {
      200: {
        description:
          'Everything from the beginning, or after `Last-Event-ID`, then what happens until it is done. On `reset` the answer starts again.',
        schema: StreamedEvent,
        type: 'text/event-stream',
      },
    },
    refusals: [404],
    async handle({ params: { id }, header, signal }) {
      await knownInvestigation(deps, id);
      const last = Number(header('last-event-id') ?? 0);
      return {
        status: 200,
        stream: follow(deps, id, Number.isSafeInteger(last) ? last : 0, signal),
        headers: { 'content-type': 'text/event-stream; charset=utf-8', 'x-accel-buffering': 'no' },
      };
    },
  });

/** Reads the store as its writers fill it: workers and this process share nothing else. */
async function* follow(
  deps: ApiDeps,
  id: string,
  after: number,
  signal: AbortSignal,
): AsyncGenerator<string> {
  let quietSince = performance.now();
  let view = await knownInvestigation(deps, id);
  for (;;) {
    const events = await deps.store.investigationEvents(id, after);
    for (const { id: number, event } of events) {
      yield `id: ${number}\n${message(event)}`;
      after = number;
    }
    // Its end was seen before the events were read, so there are no more.
    if (view.finished_at !== null) {
      yield message({ type: 'done', status: view.status, error: view.error });
      return;
    }
    const quiet = performance.now() - quietSince > HEARTBEAT_MS;
    if (quiet) yield ': still under way\n\n';
    if (quiet || events.length > 0) quietSince = performance.now();
    try {
      await sleep(LOOK_EVERY_MS, undefined, { signal });
    } catch {
      return;
    }
    view = quiet ? await knownInvestigation(deps, id) : ((await deps.store.investigation(id)) ?? view);
  }
}

const message = (event: StreamedEvent) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
