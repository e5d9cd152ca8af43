import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SCOPES, type Store } from '../store/port.ts';

const NAME = 'admin';

/** Where the first start leaves the token that the local CLI uses. */
export function adminTokenFile(dataDir: string): string {
  return join(dataDir, 'admin-token');
}

/**
 * Makes the token `admin` with every scope and writes it to the data directory, readable by its owner alone. Does nothing
 * while the file holds a token that works; a lost or stale file gets a new one, and the old token stops working.
 * @returns the file when it was written
 */
export async function ensureAdminToken(
  store: Pick<Store, 'addToken' | 'tokenOf' | 'removeToken'>,
  dataDir: string,
  at: Date,
): Promise<string | null> {
  const file = adminTokenFile(dataDir);
  const known = read(file);
  if (known && (await store.tokenOf(known))) return null;
  await store.removeToken(NAME);
  const { secret } = await store.addToken(NAME, [...SCOPES], at);
  // Whole or not at all, and never readable by others, not even for a moment.
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, `${secret}\n`, { mode: 0o600 });
  renameSync(draft, file);
  return file;
}

function read(file: string): string | null {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}
