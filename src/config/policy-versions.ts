import type { DocumentStore } from '../domain/document-store.ts';
import { contentHash } from '../domain/keys.ts';
import type { Policy } from '../domain/policy/policy.ts';
import type { PolicyFile } from './policy-file.ts';

/** The policy in force, and the versions that open incidents began with. */
export interface PolicyVersions {
  current(): Policy;
  /** Keeps the policy in force under its content hash. Idempotent. */
  keep(): Promise<{ policy: Policy; version: string }>;
  /**
   * The policy of a version; without one, the policy in force.
   * @throws Error for a version that no incident kept
   */
  at(version?: string): Promise<Policy>;
}

/** Versions are kept in the store, so that every worker reads the same; those read before are remembered. */
export function createPolicyVersions(
  file: Pick<PolicyFile, 'current'>,
  store: DocumentStore,
): PolicyVersions {
  const known = new Map<string, Policy>();
  return {
    current: () => file.current(),
    async keep() {
      const policy = file.current();
      const version = contentHash(policy);
      if (!known.has(version)) {
        await store.putDocument(keyOf(version), policy);
        known.set(version, policy);
      }
      return { policy, version };
    },
    async at(version) {
      if (version === undefined) return file.current();
      const policy = known.get(version) ?? (await store.document<Policy>(keyOf(version)));
      if (!policy)
        throw new Error(
          `expected policy version ${version} in the store, got none; look whether it is another store`,
        );
      known.set(version, policy);
      return policy;
    },
  };
}

const keyOf = (version: string) => `policy:${version}`;
