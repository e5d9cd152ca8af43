import express, { type Express, type Request } from 'express';
import type { Logger } from 'pino';
import type { z } from 'zod';
import {
  DeployRequest,
  type PipelineRun,
  PipelineRunRequest,
  ScaleRequest,
  TrainingRequest,
} from '../../domain/platform.ts';
import type { Database } from '../database.ts';
import { deploy } from '../deploy.ts';
import { measureAgain, runPipeline } from '../pipelines.ts';
import { scale } from '../scale.ts';
import type { Deployments } from '../state.ts';
import type { Trainer } from '../training.ts';
import { modelInfo } from '../versions.ts';
import { MODEL } from '../world.ts';
import { idempotent } from './idempotent.ts';
import { createObservations } from './observe.ts';
import { predict } from './predict.ts';
import { ProblemError, parseBody, problemHandler } from './problem.ts';
import { simulateRoutes } from './simulate.ts';
import { sqlRoute } from './sql.ts';

/** What the routes work on. */
export interface Platform {
  database: Database;
  trainer: Trainer;
  now: () => number;
  log: Logger;
  token: string;
  /** Resolves when the warehouse that others read shows what was done so far, or does not come to. */
  published: () => Promise<void>;
}

function parseForModel<T extends { model: string }>(schema: z.ZodType<T>, request: Request): T {
  const body = parseBody(schema, request.body);
  if (body.model !== MODEL) {
    throw new ProblemError(404, 'No such model', `expected model "${MODEL}", got "${body.model}"`);
  }
  return body;
}

/** The model platform's HTTP API (design §6), `/sql` and `/simulate`. Every POST that acts takes an Idempotency-Key. */
export function createApp({ database, trainer, now, log, token, published }: Platform): Express {
  const app = express();
  app.disable('x-powered-by');
  app.use(express.json({ limit: '1mb' }));
  const observe = createObservations(database, trainer, now);
  const once = idempotent(database, published);

  app.get('/health', async (_request, response) => void response.json(await observe.health()));
  app.get('/drift', async (_request, response) => void response.json(await observe.drift()));
  app.get('/metrics/aggregate', async (_request, response) => void response.json(await observe.aggregate()));
  app.get(
    '/metrics',
    async (_request, response) => void response.type('text/plain').send(await observe.prometheus()),
  );
  app.get('/pipelines', async (_request, response) => void response.json(await observe.pipelines()));
  app.get(
    '/infrastructure',
    async (_request, response) => void response.json(await observe.infrastructure()),
  );

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
  app.post(
    '/infrastructure/scale',
    once(async (tx, request) => ({
      status: 200,
      body: await scale(tx, parseBody(ScaleRequest, request.body), now()),
    })),
  );

  app.get('/model/info', (_request, response) => void response.json(modelInfo(database)));
  app.get('/model/deployments', (_request, response) => {
    response.json(database.document<Deployments>('deployments'));
  });
  for (const kind of ['deploy', 'rollback'] as const) {
    app.post(
      `/model/${kind}`,
      once(async (tx, request) => ({
        status: 200,
        body: await deploy(tx, kind, parseForModel(DeployRequest, request), now()),
      })),
    );
  }

  app.get('/training', (_request, response) => void response.json(trainer.jobs()));
  app.get('/training/:id', (request, response) => void response.json(trainer.job(request.params.id)));
  app.post(
    '/training/trigger',
    once(
      async (tx, request) => ({
        status: 202,
        body: await trainer.accept(tx, parseForModel(TrainingRequest, request)),
      }),
      (answer) => trainer.run((answer.body as { id: string }).id),
    ),
  );
  app.post(
    '/training/:id/stop',
    once(async (tx, request) => ({
      status: 200,
      body: await trainer.stop(tx, String(request.params.id)),
    })),
  );

  app.post('/predict', (request, response) => void response.json(predict(database, request.body)));
  app.post('/sql', sqlRoute(database, token));

  app.use('/simulate', simulateRoutes(database, trainer, now, published));

  app.use((request) => {
    throw new ProblemError(404, 'No such address', `there is no ${request.method} ${request.path} here`);
  });
  app.use(problemHandler((error) => log.error(error, 'request failed')));
  return app;
}
