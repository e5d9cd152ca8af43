import { createHash, timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import { StatementType } from '@duckdb/node-api';
import type { RequestHandler } from 'express';
import { z } from 'zod';
import { type Database, INTERNAL_SCHEMA, toScalar } from '../database.ts';
import { ProblemError, parseBody } from './problem.ts';

const Body = z.strictObject({
  sql: z.string().min(1).max(200_000),
  params: z.array(z.union([z.string(), z.number(), z.boolean(), z.null()])).default([]),
});

const ALLOWED: readonly StatementType[] = [
  StatementType.SELECT,
  StatementType.INSERT,
  StatementType.UPDATE,
  StatementType.DELETE,
  StatementType.EXPLAIN,
];

const digest = (text: string) => createHash('sha256').update(text).digest();

/** `POST /sql`: one statement with `?` parameters in, its rows out as NDJSON. Needs the bearer token. */
export function sqlRoute(database: Database, token: string): RequestHandler {
  const expected = digest(`Bearer ${token}`);
  return async (request, response) => {
    if (!timingSafeEqual(digest(request.get('authorization') ?? ''), expected)) {
      throw new ProblemError(401, 'Wrong token', 'expected "Authorization: Bearer <token of the warehouse>"');
    }
    const { sql, params } = parseBody(Body, request.body);
    if (sql.toLowerCase().includes(INTERNAL_SCHEMA)) {
      throw new ProblemError(
        403,
        'Not part of the warehouse',
        `schema "${INTERNAL_SCHEMA}" cannot be queried`,
      );
    }
    const connection = await database.connect();
    response.on('close', () => connection.interrupt());
    try {
      const result = await connection
        .extractStatements(sql)
        .then(async (statements) => {
          if (statements.count !== 1) throw new Error(`expected one statement, got ${statements.count}`);
          const statement = await statements.prepare(0);
          if (!ALLOWED.includes(statement.statementType)) {
            throw new Error('expected SELECT, INSERT, UPDATE, DELETE or EXPLAIN');
          }
          statement.bind(params);
          return statement.stream();
        })
        .catch((error: Error) => {
          throw new ProblemError(400, 'Bad statement', error.message.slice(0, 1000));
        });
      const names = result.columnNames();
      response.type('application/x-ndjson');
      for (;;) {
        const chunk = await result.fetchChunk();
        if (chunk === null || chunk.rowCount === 0) break;
        const lines = chunk
          .getRows()
          .map((row) =>
            JSON.stringify(Object.fromEntries(row.map((value, i) => [names[i]!, toScalar(value)]))),
          );
        if (!response.write(`${lines.join('\n')}\n`)) await once(response, 'drain');
      }
      response.end();
    } finally {
      connection.closeSync();
    }
  };
}
