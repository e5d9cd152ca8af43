import { join } from 'node:path';
import type { Config } from '../config/config.ts';
import { findWeights, type Offer } from '../install/weights.ts';
import type { FoundEmbedder } from './embedding/embedding.ts';
import { openOnnxEmbedder } from './embedding/onnx-embedder.ts';
import type { Knowledge } from './port.ts';
import { createPostgresKnowledge } from './postgres/index.ts';
import { openReranker, type Reranker } from './search/reranker.ts';
import { createKnowledge } from './sqlite/index.ts';

/** Opens the knowledge index that is configured. It answers at once, by words alone until its model is there. */
export function openKnowledge(config: Config, log: (line: string) => void): Knowledge {
  const options = { embedder: openEmbedder(config, log), reranker: openRerankerOf(config, log) };
  const { url } = config.knowledge;
  return url
    ? createPostgresKnowledge(url, options)
    : createKnowledge(join(config.dataDir, 'knowledge.db'), options);
}

/** The best embedding model that can be had; never throws, and says why there is none. */
export async function openEmbedder(
  config: Pick<Config, 'cacheDir' | 'knowledge'>,
  log: (line: string) => void,
  offers?: Offer[],
): Promise<FoundEmbedder> {
  if (!config.knowledge.vectors) return { embedder: null, why: 'AGENTOPS_EMBEDDER_DIR is off' };
  try {
    const { model, dir, source } = await findWeights(config, log, offers);
    log(`searches use ${model.name} from ${source}`);
    return { embedder: await openOnnxEmbedder(model, dir) };
  } catch (error) {
    const why = `no embedding model (${(error as Error).message})`;
    log(`searches compare words alone: ${why}`);
    return { embedder: null, why };
  }
}

/** The cross-encoder where one is configured; a broken one costs the reranking, not the search. */
async function openRerankerOf({ knowledge }: Config, log: (line: string) => void): Promise<Reranker | null> {
  if (!knowledge.rerankerDir) return null;
  try {
    return await openReranker(knowledge.rerankerDir);
  } catch (error) {
    log(`searches go without a cross-encoder: ${(error as Error).message}`);
    return null;
  }
}
