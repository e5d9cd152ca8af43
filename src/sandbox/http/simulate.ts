import { Router } from 'express';
import { z } from 'zod';
import { leaveMessage, Message, makeNoise, Noise } from '../background.ts';
import type { Database } from '../database.ts';
import { scopeOf } from '../faults/fault.ts';
import { FAULTS, faultsOf, SHARED_FAULTS } from '../faults/index.ts';
import { CLASSIFIER, ENRICHMENT } from '../models.ts';
import { fedBy } from '../pipelines.ts';
import { reset, resetShared, simulate, simulateShared, TrainingSetting } from '../simulate.ts';
import { ProblemError, parseBody } from './problem.ts';
import type { ServedModel } from './served-model.ts';

const UNPROCESSABLE = 422;

/** What is struck: a model, or the shared pipeline and with it every model it feeds. */
const Struck = z.looseObject({
  model: z.string().default(CLASSIFIER.model),
  pipeline: z.literal(ENRICHMENT.pipeline).optional(),
});

/** `POST /simulate/…`: brings faults and noise into the world, sets how training ends, and takes it all back. */
export function simulateRoutes(
  database: Database,
  models: readonly ServedModel[],
  now: () => number,
  published: () => Promise<void>,
): Router {
  const router = Router();
  const checked = <T>(schema: z.ZodType<T>, body: unknown): T => parseBody(schema, body, UNPROCESSABLE);
  const second = () => Math.floor(now() / 1000) * 1000;
  const named = (name: string): ServedModel => {
    const found = models.find((each) => each.database.spec.model === name);
    if (found) return found;
    const expected = models.map((each) => `"${each.database.spec.model}"`).join(', ');
    throw new ProblemError(
      UNPROCESSABLE,
      'No such model',
      `model: expected one of ${expected}, got "${name}"`,
    );
  };
  const route = (name: string, act: (body: unknown) => Promise<unknown>) =>
    router.post(`/${name}`, async (request, response) => {
      const answer = await act(request.body);
      await published();
      response.json(answer);
    });
  /** A route about one model, the rest of whose body is of the schema. */
  const routeOf = <T>(
    name: string,
    schema: z.ZodType<T>,
    act: (served: ServedModel, settings: T) => Promise<unknown>,
  ) =>
    route(name, (body) => {
      const { model, ...rest } = checked(Struck, body ?? {});
      return act(named(model), checked(schema, rest));
    });

  for (const name of Object.keys(FAULTS) as (keyof typeof FAULTS)[]) {
    route(name, (body) => {
      const { model, pipeline, ...rest } = checked(Struck, body ?? {});
      if (!pipeline) {
        const { database: struck } = named(model);
        const fault = faultsOf(scopeOf(struck.spec))[name];
        return simulate(struck, fault, checked(fault.parameters, rest), now());
      }
      if (!SHARED_FAULTS.includes(name)) {
        throw new ProblemError(
          UNPROCESSABLE,
          'Not simulated',
          `pipeline: "${name}" is a fault of one model; expected one of ${SHARED_FAULTS.join(', ')} for "${pipeline}"`,
        );
      }
      const struck = fedBy(pipeline).map((spec) => {
        const fault = faultsOf(scopeOf(spec, pipeline))[name];
        return { model: named(spec.model).database, fault, parameters: checked(fault.parameters, rest) };
      });
      return simulateShared(database, struck, now());
    });
  }
  routeOf('noise', Noise, (served, noise) => served.database.write((tx) => makeNoise(tx, noise, second())));
  routeOf('message', Message, (served, message) =>
    served.database.write((tx) => leaveMessage(tx, message, second())),
  );
  routeOf('training', TrainingSetting, async (served, { outcome }) => {
    await served.database.write((tx) => tx.put('training-outcome', outcome));
    return { outcome };
  });
  route('reset', async (body) => {
    checked(z.strictObject({}), body);
    const done = [];
    for (const { database: model, trainer } of models) {
      for (const job of trainer.jobs()) await model.write((tx) => trainer.stop(tx, job.id));
      done.push(await reset(model, now()));
    }
    const start = Math.min(...done.map(({ started_at }) => Date.parse(started_at)));
    await resetShared(database, start, now());
    return done[0];
  });
  router.post('/:fault', (request) => {
    const expected = [...Object.keys(FAULTS), 'noise', 'message', 'training', 'reset'].join(', ');
    throw new ProblemError(
      404,
      'Not simulated',
      `"${request.params.fault}" cannot be simulated; expected one of ${expected}`,
    );
  });
  return router;
}
