import { z } from 'zod';
import { type ApiDeps, defineRoute } from '../route.ts';

const Entry = z
  .object({
    id: z.number().int(),
    ref: z.string(),
    /** `recorded`: kept here, sent nowhere. */
    status: z.literal('recorded'),
    at: z.string(),
    connector: z.enum(['slack', 'github', 'pagerduty', 'jira']),
    operation: z.string(),
    key: z.string(),
    incident_id: z.string(),
    target: z.string(),
    about: z.string().optional(),
    title: z.string(),
    body: z.string(),
  })
  .meta({ id: 'OutboxEntry' });

export const getOutbox = ({ store }: ApiDeps) =>
  defineRoute({
    method: 'get',
    path: '/api/outbox',
    summary: 'Messages for Slack, GitHub, PagerDuty and Jira that were recorded and not sent, oldest first',
    scope: 'incidents:read',
    query: z.strictObject({
      incident_id: z.string().max(40).optional(),
      /** Keeps the newest. */
      limit: z.coerce.number().int().min(1).max(500).default(100),
    }),
    answers: { 200: { description: 'The messages', schema: z.array(Entry) } },
    async handle({ query }) {
      return { status: 200, body: await store.outbox(query) };
    },
  });
