import { Router } from 'express';
import { z } from 'zod';
import { leaveMessage, Message, makeNoise, Noise } from '../background.ts';
import type { Database } from '../database.ts';
import { FAULTS } from '../faults/index.ts';
import { reset, simulate, TrainingSetting } from '../simulate.ts';
import type { Trainer } from '../training.ts';
import { ProblemError, parseBody } from './problem.ts';

const UNPROCESSABLE = 422;

/** `POST /simulate/…`: brings faults and noise into the world, sets how training ends, and takes it all back. */
export function simulateRoutes(database: Database, trainer: Trainer, now: () => number): Router {
  const router = Router();
  const checked = <T>(schema: z.ZodType<T>, body: unknown): T => parseBody(schema, body, UNPROCESSABLE);
  const second = () => Math.floor(now() / 1000) * 1000;

  for (const [name, fault] of Object.entries(FAULTS)) {
    router.post(`/${name}`, async (request, response) => {
      response.json(await simulate(database, fault, checked(fault.parameters, request.body), now()));
    });
  }
  router.post('/noise', async (request, response) => {
    const noise = checked(Noise, request.body);
    response.json(await database.write((tx) => makeNoise(tx, noise, second())));
  });
  router.post('/message', async (request, response) => {
    const message = checked(Message, request.body);
    response.json(await database.write((tx) => leaveMessage(tx, message, second())));
  });
  router.post('/training', async (request, response) => {
    const { outcome } = checked(TrainingSetting, request.body);
    await database.write((tx) => tx.put('training-outcome', outcome));
    response.json({ outcome });
  });
  router.post('/reset', async (request, response) => {
    checked(z.strictObject({}), request.body);
    for (const job of trainer.jobs()) await database.write((tx) => trainer.stop(tx, job.id));
    response.json(await reset(database, now()));
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
