import { Router } from 'express';
import { DeployRequest, ScaleRequest, TrainingRequest } from '../../platform/http/requests.ts';
import { deploy } from '../deploy.ts';
import { ofModel } from '../model-database.ts';
import { scale } from '../scale.ts';
import type { Once } from './idempotent.ts';
import type { ModelObservations } from './observe.ts';
import { predict } from './predict.ts';
import { ProblemError, parseBody } from './problem.ts';
import type { ServedModel } from './served-model.ts';

/** `/models/{model}/…` of one model. */
export function modelRoutes(
  { database, trainer }: ServedModel,
  observe: ModelObservations,
  once: Once,
  now: () => number,
): Router {
  const { spec } = database;
  const router = Router();
  router.get('/health', (_request, response) => void response.json(observe.health()));
  router.get('/drift', async (_request, response) => void response.json(await observe.drift()));
  router.get(
    '/metrics/aggregate',
    async (_request, response) => void response.json(await observe.aggregate()),
  );
  router.get('/infrastructure', (_request, response) => void response.json(observe.infrastructure()));
  router.post(
    '/infrastructure/scale',
    once(async (tx, request) => ({
      status: 200,
      body: await scale(ofModel(tx, spec), parseBody(ScaleRequest, request.body), now()),
    })),
  );

  for (const kind of ['deploy', 'rollback'] as const) {
    router.post(
      `/${kind}`,
      once(async (tx, request) => ({
        status: 200,
        body: await deploy(ofModel(tx, spec), kind, parseBody(DeployRequest, request.body), now()),
      })),
    );
  }

  router.get('/training', (_request, response) => void response.json(trainer.jobs()));
  router.get('/training/:id', (request, response) => void response.json(trainer.job(request.params.id)));
  router.post(
    '/training/trigger',
    once(
      async (tx, request) => ({
        status: 202,
        body: await trainer.accept(ofModel(tx, spec), parseBody(TrainingRequest, request.body)),
      }),
      (answer) => trainer.run((answer.body as { id: string }).id),
    ),
  );
  router.post(
    '/training/:id/stop',
    once(async (tx, request) => ({
      status: 200,
      body: await trainer.stop(ofModel(tx, spec), String(request.params.id)),
    })),
  );

  router.post('/predict', (request, response) => void response.json(predict(database, request.body)));
  router.use((request) => {
    throw new ProblemError(
      404,
      'No such address',
      `there is no ${request.method} ${request.path} of model "${spec.model}"`,
    );
  });
  return router;
}
