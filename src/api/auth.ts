import type { Scope, Store, TokenInfo } from '../store/port.ts';
import { ProblemError } from './problem.ts';

/** Whose token an `Authorization` header carries. @throws ProblemError 401, or 403 naming the scope that is missing */
export async function authorise(
  header: string | undefined,
  scope: Scope,
  store: Pick<Store, 'tokenOf'>,
): Promise<TokenInfo> {
  const secret = /^Bearer +(\S+)$/i.exec(header ?? '')?.[1];
  const token = secret ? await store.tokenOf(secret) : null;
  if (!token) {
    throw new ProblemError(
      'no-token',
      `${secret ? 'this token is not known (removed, or of another installation)' : 'expected "Authorization: Bearer ao_…"'}; the first start wrote one to the data directory's admin-token, "npx agentops token add" makes more`,
      { headers: { 'www-authenticate': 'Bearer realm="agentops"' } },
    );
  }
  if (token.scopes.includes(scope)) return token;
  throw new ProblemError(
    'wrong-scope',
    `this needs the scope ${scope}; token "${token.name}" has ${token.scopes.join(', ') || 'none'}`,
  );
}
