import { z } from 'zod';
import { CollectionName, TextPath } from '../../knowledge/documents/collection.ts';
import { type ApiDeps, defineRoute } from '../route.ts';

const Body = z.strictObject({
  collection: CollectionName.optional().meta({
    description: "Absent: AgentOps' own corpus, cited by bare path",
  }),
  texts: z.array(z.strictObject({ path: TextPath, content: z.string() })).max(5000),
  complete: z
    .array(TextPath)
    .max(20_000)
    .optional()
    .meta({ description: 'Paths of all that the collection has: the others are dropped' }),
});

const Answer = z.object({
  files: z.int(),
  changed: z.int(),
  removed: z.int(),
  sections: z.int().meta({ description: 'In the whole index' }),
});

export const postIngest = ({ knowledge }: ApiDeps) =>
  defineRoute({
    method: 'post',
    path: '/api/ingest',
    summary: 'Take texts into the knowledge index, cited as `collection/path`; unchanged ones are skipped',
    scope: 'admin',
    body: Body,
    answers: {
      200: {
        description: 'What changed. It is found by words now, and by meaning once its vectors are made',
        schema: Answer,
      },
    },
    refusals: [503],
    async handle({ body: { collection, texts, complete } }) {
      return { status: 200, body: await knowledge.collect(collection ?? null, texts, complete) };
    },
  });
