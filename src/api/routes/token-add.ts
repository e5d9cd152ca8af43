import { z } from 'zod';
import { SCOPES } from '../../store/port.ts';
import { TokenExistsError } from '../../store/sqlite/tokens.ts';
import { ProblemError } from '../problem.ts';
import { type ApiDeps, defineRoute } from '../route.ts';
import { TokenName } from './tokens.ts';

export const postToken = ({ store, now }: ApiDeps) =>
  defineRoute({
    method: 'post',
    path: '/api/tokens',
    summary: "Make a token; its name is who decides, in approvals' records",
    scope: 'admin',
    body: z.strictObject({ name: TokenName, scopes: z.array(z.enum(SCOPES)).min(1).max(SCOPES.length) }),
    answers: {
      201: {
        description: 'The secret, shown this once',
        schema: z.object({ name: z.string(), scopes: z.array(z.enum(SCOPES)), secret: z.string() }),
      },
    },
    refusals: [409],
    async handle({ body: { name, scopes } }) {
      try {
        const { secret } = await store.addToken(name, [...new Set(scopes)], now());
        return { status: 201, body: { name, scopes, secret } };
      } catch (error) {
        if (error instanceof TokenExistsError) throw new ProblemError('conflict', error.message);
        throw error;
      }
    },
  });
