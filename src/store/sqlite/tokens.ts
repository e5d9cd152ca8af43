import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import type { Scope, Store, TokenInfo } from '../port.ts';

interface Row {
  name: string;
  sha256: string;
  scopes: string;
  created_at: string;
}

/** A token of this name is there already. */
export class TokenExistsError extends Error {
  override name = 'TokenExistsError';
}

const hash = (secret: string) => createHash('sha256').update(secret).digest();

function infoOf({ name, scopes, created_at }: Row): TokenInfo {
  return { name, scopes: JSON.parse(scopes) as Scope[], created_at };
}

/**
 * Bearer tokens `ao_<id>_<secret>`. The id finds the row, so that the comparison is one of hashes, in constant time. The
 * secret has 256 random bits: a plain SHA-256 is enough, nobody can guess it.
 */
export function tokenStore(db: DatabaseSync): Pick<Store, 'addToken' | 'tokenOf' | 'tokens' | 'removeToken'> {
  const add = db.prepare('INSERT INTO tokens VALUES (?, ?, ?, ?, ?) ON CONFLICT (name) DO NOTHING');
  const byId = db.prepare('SELECT * FROM tokens WHERE id = ?');
  const all = db.prepare('SELECT * FROM tokens ORDER BY created_at, name');
  const remove = db.prepare('DELETE FROM tokens WHERE name = ?');
  return {
    /** @throws TokenExistsError */
    async addToken(name, scopes, at) {
      const id = randomBytes(4).toString('hex');
      const secret = `ao_${id}_${randomBytes(32).toString('hex')}`;
      const { changes } = add.run(
        id,
        name,
        hash(secret).toString('hex'),
        JSON.stringify(scopes),
        at.toISOString(),
      );
      if (changes === 0) throw new TokenExistsError(`a token named "${name}" exists: remove it first`);
      return { secret };
    },
    async tokenOf(secret) {
      const id = /^ao_([0-9a-f]{8})_[0-9a-f]{64}$/.exec(secret)?.[1];
      const row = id && (byId.get(id) as Row | undefined);
      return row && timingSafeEqual(hash(secret), Buffer.from(row.sha256, 'hex')) ? infoOf(row) : null;
    },
    async tokens() {
      return (all.all() as unknown as Row[]).map(infoOf);
    },
    async removeToken(name) {
      return remove.run(name).changes > 0;
    },
  };
}
