import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative, sep } from 'node:path';

/** .md and .txt files below a folder, sorted, with "/" in their paths; hidden ones and node_modules are left out. */
export function textFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(md|txt)$/i.test(entry.name))
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .filter((path) => !path.split('/').some((part) => part.startsWith('.') || part === 'node_modules'))
    .sort();
}

/** By which a text is known to have changed. */
export function hashOf(content: string): string {
  return createHash('sha256').update(content).digest('hex');
}

/** A file that cannot be taken in: the message is the reason alone, for whoever names the file. */
export class UnreadableTextError extends Error {
  override name = 'UnreadableTextError';
}

/**
 * One text, decoded strictly: bytes that are no UTF-8 would be indexed as nonsense.
 * @throws UnreadableTextError too large, not UTF-8, or not readable at all
 */
export function readText(file: string, maxBytes: number): string {
  try {
    const { size } = statSync(file);
    if (size > maxBytes) {
      const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`;
      throw new UnreadableTextError(
        `too large: ${megabytes(size)}, at most ${megabytes(maxBytes)}; split it`,
      );
    }
    return new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(file));
  } catch (error) {
    if (error instanceof UnreadableTextError) throw error;
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ERR_ENCODING_INVALID_ENCODED_DATA') {
      throw new UnreadableTextError('not UTF-8: save it with that encoding');
    }
    throw new UnreadableTextError(`cannot be read: ${code ?? message}`);
  }
}
