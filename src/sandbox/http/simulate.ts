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
export function simulateRoutes(
  database: Database,
  trainer: Trainer,
  now: () => number,
  published: () => Promise<void>,
): Router {
  const router = Router();
  const checked = <T>(schema: z.ZodType<T>, body: unknown): T => parseBody(schema, body, UNPROCESSABLE);
  const second = () => Math.floor(now() / 1000) * 1000;
  const route = (name: string, act: (body: unknown) => Promise<unknown>) =>
    router.post(`/${name}`, async (request, response) => {
      const answer = await act(request.body);
      await published();
      response.json(answer);
    });

  for (const [name, fault] of Object.entries(FAULTS)) {
    route(name, (body) => simulate(database, fault, checked(fault.parameters, body), now()));
  }
  route('noise', (body) => {
    const noise = checked(Noise, body);
    return database.write((tx) => makeNoise(tx, noise, second()));
  });
  route('message', (body) => {
    const message = checked(Message, body);
    return database.write((tx) => leaveMessage(tx, message, second()));
  });
  route('training', async (body) => {
    const { outcome } = checked(TrainingSetting, body);
    await database.write((tx) => tx.put('training-outcome', outcome));
    return { outcome };
  });
  route('reset', async (body) => {
    checked(z.strictObject({}), body);
    for (const job of trainer.jobs()) await database.write((tx) => trainer.stop(tx, job.id));
    return await reset(database, now());
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
