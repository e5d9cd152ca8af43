import { createHash } from 'node:crypto';
import type { Request, RequestHandler } from 'express';
import type { Database, Transaction } from '../database.ts';
import { ProblemError } from './problem.ts';

interface Answer {
  status: number;
  body: unknown;
}

/** A route that acts; `after` runs once the effect is committed and before it is answered, not when an answer is repeated. */
export type Once = (
  act: (tx: Transaction, request: Request) => Promise<Answer>,
  after?: (answer: Answer) => void | Promise<void>,
) => RequestHandler;

/**
 * A POST that takes effect once per `Idempotency-Key`: the key and its answer are stored in the transaction of the effect, and the
 * same key answers with that. A refused request stores nothing, so it may be tried again under its key.
 * Answered once it is `published`.
 */
export function idempotent(database: Database, published: () => Promise<void>): Once {
  return (act, after = () => {}) =>
    async (request, response) => {
      const key = request.get('idempotency-key')?.trim();
      if (!key || key.length > 200) {
        throw new ProblemError(
          400,
          'Idempotency-Key needed',
          'expected a header Idempotency-Key of 1 to 200 characters, so that a retry does not act twice',
        );
      }
      const asked = createHash('sha256')
        .update(`${request.method} ${request.originalUrl}\n${JSON.stringify(request.body ?? {})}`)
        .digest('hex');
      const { answer, repeated } = await database.write(async (tx) => {
        const known = tx.document<{ asked: string; answer: Answer }>(`key/${key}`);
        if (known && known.asked !== asked) {
          throw new ProblemError(
            422,
            'Idempotency-Key used before',
            `key "${key}" came with another request before; use a new key for a new request`,
          );
        }
        if (known) return { answer: known.answer, repeated: true };
        const fresh = await act(tx, request);
        await tx.put(`key/${key}`, { asked, answer: fresh });
        return { answer: fresh, repeated: false };
      });
      if (!repeated) await after(answer);
      await published();
      response.status(answer.status).json(answer.body);
    };
}
