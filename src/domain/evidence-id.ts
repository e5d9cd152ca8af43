import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';

/**
 * Id of one evidence item: `ev_<tool>_<8 hex>`. The same question within an incident's round has the same id, so that a
 * retried activity stores its answer once. `args` is what was asked beside component and round; plain JSON.
 */
export function evidenceId(tool: string, incidentId: string, round: string, args: unknown): string {
  const hash = bytesToHex(sha256(utf8ToBytes(JSON.stringify([incidentId, tool, round, args]))));
  return `ev_${tool}_${hash.slice(0, 8)}`;
}
