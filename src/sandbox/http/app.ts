import express, { type Express } from 'express';
import type { Logger } from 'pino';
import { z } from 'zod';
import type { PipelineRun } from '../../domain/platform.ts';
import { PipelineRunRequest } from '../../platform/http/requests.ts';
import type { Database } from '../database.ts';
import { measureAgain, runOf, runPipeline, runsOf } from '../pipelines.ts';
import { modelRecord } from '../versions.ts';
import { idempotent } from './idempotent.ts';
import { modelRoutes } from './model-routes.ts';
import { observeAll, observeModel } from './observe.ts';
import { ProblemError, parseBody, problemHandler } from './problem.ts';
import type { ServedModel } from './served-model.ts';
import { simulateRoutes } from './simulate.ts';
import { sqlRoute } from './sql.ts';

/** What the routes work on. */
export interface Platform {
  database: Database;
  models: readonly ServedModel[];
  now: () => number;
  log: Logger;
  token: string;
  /** Resolves when the warehouse that others read shows what was done so far, or does not come to. */
  published: () => Promise<void>;
}

const Named = z.object({ name: z.union([z.string(), z.array(z.string())]).default([]) });
const Window = z.object({ from: z.iso.datetime(), to: z.iso.datetime() });

/** The model platform's HTTP API (docs/platform-api.md), `/sql` and `/simulate`. Every POST that acts takes an Idempotency-Key. */
export function createApp({ database, models, now, log, token, published }: Platform): Express {
  const app = express();
  app.disable('x-powered-by');
  app.use(express.json({ limit: '1mb' }));
  const observed = models.map((served) => observeModel(served, now));
  const all = observeAll(database, observed, now);
  const once = idempotent(database, published);

  app.get('/health', (_request, response) => void response.json(all.health()));
  app.get(
    '/metrics',
    async (_request, response) => void response.type('text/plain').send(await all.prometheus()),
  );

  app.get('/models', (request, response) => {
    const names = [parseBody(Named, request.query).name].flat();
    const asked = models.filter(({ database: { spec } }) => names.includes(spec.model));
    response.json({ models: (names.length > 0 ? asked : models).map((each) => modelRecord(each.database)) });
  });
  for (const [i, served] of models.entries()) {
    app.use(`/models/${served.database.spec.model}`, modelRoutes(served, observed[i]!, once, now));
  }
  app.use('/models/:model', (request) => {
    const expected = models.map(({ database: { spec } }) => `"${spec.model}"`).join(', ');
    throw new ProblemError(
      404,
      'No such model or address',
      `expected one of ${expected} and an address of it, got ${request.method} ${request.originalUrl}`,
    );
  });

  app.get('/pipelines', async (_request, response) => void response.json(await all.pipelines()));
  app.get('/pipelines/:name/runs', async (request, response) => {
    response.json(await runsOf(database, request.params.name, parseBody(Window, request.query)));
  });
  app.get('/pipelines/:name/runs/:id', async (request, response) => {
    response.json(await runOf(database, request.params.name, request.params.id));
  });
  app.post(
    '/pipelines/:name/runs',
    once(
      async (tx, request) => ({
        status: 200,
        body: await runPipeline(
          tx,
          String(request.params.name),
          parseBody(PipelineRunRequest, request.body),
          now(),
        ),
      }),
      (answer) => measureAgain(database, answer.body as PipelineRun),
    ),
  );

  app.post('/sql', sqlRoute(database, token));
  app.use('/simulate', simulateRoutes(database, models, now, published));

  app.use((request) => {
    throw new ProblemError(404, 'No such address', `there is no ${request.method} ${request.path} here`);
  });
  app.use(problemHandler((error) => log.error(error, 'request failed')));
  return app;
}
