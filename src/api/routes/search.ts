import { z } from 'zod';
import { AlertType, ComponentName } from '../../domain/alert.ts';
import type { SearchAnswer } from '../../knowledge/port.ts';
import { type ApiDeps, defineRoute } from '../route.ts';

const Query = z.strictObject({
  q: z.string().trim().min(1).max(800),
  type: z.enum(['runbook', 'incident']).optional(),
  alert_type: AlertType.optional(),
  component: ComponentName.optional(),
  limit: z.coerce.number().int().min(1).max(50).default(8),
});

const Answer = z
  .object({
    method: z.string().meta({ description: 'How it was searched, for people' }),
    embedder: z
      .string()
      .nullable()
      .meta({ description: 'The embedding model; null: words alone were compared' }),
    hits: z.array(
      z.object({
        file: z.string(),
        doc_type: z.enum(['runbook', 'incident', 'document']),
        heading: z.string(),
        anchor: z.string().meta({ description: '`file#anchor` is the citation' }),
        text: z.string(),
        score: z.number(),
        incident_id: z.string().optional(),
        title: z.string(),
      }),
    ),
    abstained: z.object({ score: z.number(), limit: z.number() }).nullable().meta({
      description: 'Set when nothing was near enough: the best score, and the limit that it missed',
    }),
  })
  .meta({ id: 'SearchAnswer' }) satisfies z.ZodType<SearchAnswer>;

export const getSearch = ({ knowledge }: ApiDeps) =>
  defineRoute({
    method: 'get',
    path: '/api/search',
    summary:
      'Sections of runbooks and incident reports that answer a question, best first; none when none is near enough',
    scope: 'incidents:read',
    query: Query,
    answers: { 200: { description: 'The sections, and how they were found', schema: Answer } },
    refusals: [503],
    async handle({ query: { q, type, alert_type, component, limit } }) {
      const request = { query: q, docType: type, alertType: alert_type, component, limit };
      return { status: 200, body: await knowledge.search(request) };
    },
  });
