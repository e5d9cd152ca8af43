import { type Client, isGrpcServiceError } from '@temporalio/client';
import proto from '@temporalio/proto';
import { ATTRIBUTE_KEYS } from '../workflows/attribute-keys.ts';

const { INDEXED_VALUE_TYPE_KEYWORD } = proto.temporal.api.enums.v1.IndexedValueType;

/** gRPC codes that are an answer, not an outage: invalid argument, already exists, not allowed, limit, precondition, unknown call. */
const REFUSED = new Set([3, 6, 7, 8, 9, 12, 16]);
const ALREADY_EXISTS = 6;

/**
 * Makes the `AgentOps*` search attributes known to the namespace, through the operator API (the dev server's own flag is
 * ignored on an existing database file). Idempotent, and safe when several processes do it at once.
 * @returns whether they can be used. A cluster may refuse (Temporal Cloud has no operator API): incidents start without.
 */
export async function registerAttributes(client: Client): Promise<boolean> {
  if (await attributesUsable(client)) return true;
  const namespace = client.options.namespace;
  for (const { name } of ATTRIBUTE_KEYS) {
    try {
      // One by one: a request that names a known attribute fails as a whole.
      await client.connection.operatorService.addSearchAttributes({
        namespace,
        searchAttributes: { [name]: INDEXED_VALUE_TYPE_KEYWORD },
      });
    } catch (error) {
      // Not allowed, or too many: unless another process was faster, incidents start without.
      const code = refusal(error);
      if (code === null) throw error;
      if (code !== ALREADY_EXISTS) return await attributesUsable(client);
    }
  }
  // The server learns of new attributes from a cache it refreshes.
  for (const pause of [50, 100, 200, 400, 800, 1600]) {
    if (await attributesUsable(client)) return true;
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
  return await attributesUsable(client);
}

/** True when the server accepts a query that names every attribute. */
export async function attributesUsable(client: Client): Promise<boolean> {
  try {
    await client.workflow.count(ATTRIBUTE_KEYS.map(({ name }) => `${name} = 'x'`).join(' OR '));
    return true;
  } catch (error) {
    if (refusal(error) === null) throw error;
    return false;
  }
}

/** The gRPC code of a refusal; null for an outage and everything else. */
function refusal(error: unknown): number | null {
  // The client wraps some calls' errors once.
  const status = isGrpcServiceError(error) ? error : (error as Error).cause;
  return isGrpcServiceError(status) && REFUSED.has(status.code) ? status.code : null;
}
