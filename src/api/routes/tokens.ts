import { z } from 'zod';
import { SCOPES } from '../../store/port.ts';
import { type ApiDeps, defineRoute } from '../route.ts';

export const TokenName = z
  .string()
  .regex(/^[\p{L}\p{N}][\p{L}\p{N}._@-]{0,63}$/u, 'a name of letters, digits, ".", "_", "@" and "-"');
const TokenInfo = z
  .object({ name: z.string(), scopes: z.array(z.enum(SCOPES)), created_at: z.string() })
  .meta({ id: 'Token' });

export const getTokens = ({ store }: ApiDeps) =>
  defineRoute({
    method: 'get',
    path: '/api/tokens',
    summary: 'Tokens by name; their secrets are not kept',
    scope: 'admin',
    answers: { 200: { description: 'The tokens', schema: z.array(TokenInfo) } },
    async handle() {
      return { status: 200, body: await store.tokens() };
    },
  });
