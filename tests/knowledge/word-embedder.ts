import { type Embedder, normalise } from '../../src/knowledge/embedding/embedder.ts';

/**
 * A model for tests: every word has a direction of its own, drawn from its letters, and a text's vector is their mean. The
 * same words are near, others are not; nothing is learned and nothing is loaded. `seen` notes what was embedded.
 */
export function wordEmbedder(name: string, dimensions: number): Embedder & { seen: string[] } {
  const seen: string[] = [];
  const directionOf = (word: string) => {
    let state = [...word].reduce(
      (hash, letter) => Math.imul(hash ^ letter.charCodeAt(0), 16_777_619),
      2_166_136_261,
    );
    return normalise(
      Float32Array.from({ length: dimensions }, () => {
        state = Math.imul(state ^ (state >>> 15), 2_246_822_519) + 1_640_531_527;
        return (state >>> 8) / 2 ** 23 - 1;
      }),
    );
  };
  const embed = (text: string) => {
    const words = (text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []).map((word) => ({
      word,
      vector: directionOf(word),
    }));
    const vector = new Float32Array(dimensions);
    for (const { vector: direction } of words)
      for (let i = 0; i < dimensions; i++) vector[i]! += direction[i]!;
    return { vector: normalise(vector), words };
  };
  return {
    name,
    dimensions,
    seen,
    async passages(texts) {
      seen.push(...texts);
      return texts.map(embed);
    },
    query: async (text) => embed(text),
    close: async () => {},
  };
}
