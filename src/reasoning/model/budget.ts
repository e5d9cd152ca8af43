/** One piece of the prompt that may be left out. Rank 1 is needed most. */
export interface Block {
  /** Its name in the prompt's list of blocks that did not fit. */
  name: string;
  rank: number;
  text: string;
  /** The block in at most so many tokens; absent where a part is of no use. */
  shortened?: (tokens: number) => string;
}

/** A shorter part of a block is of no use. */
const LEAST_TOKENS = 100;

/**
 * Roughly the most tokens that a text takes with any of the usual tokenizers: one per four letters of a word, one per digit
 * and sign, one per byte outside ASCII. The estimate errs upwards, because Ollama silently cuts a prompt that is too long, and
 * does so at the beginning, where the instructions are.
 */
export function estimateTokens(text: string): number {
  const ascii = text.replace(/\P{ASCII}+/gu, ' ');
  const pieces = ascii.match(/[A-Za-z]{1,4}|[^\sA-Za-z]|\n/g)?.length ?? 0;
  return pieces + Buffer.byteLength(text.replace(/\p{ASCII}+/gu, ''));
}

/** The beginning of a text, in at most so many tokens and five characters for each; "…" marks the cut. */
export function cutTo(text: string, tokens: number): string {
  if (text.length <= 5 * tokens && estimateTokens(text) <= tokens) return text;
  const fits = (length: number) => estimateTokens(`${text.slice(0, length)}…`) <= tokens;
  let [low, high] = [0, Math.min(text.length, 5 * tokens)];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (fits(middle)) low = middle;
    else high = middle - 1;
  }
  return `${text.slice(0, low)}…`;
}

/**
 * The blocks that fit into a budget of tokens, in their given order. They are chosen by rank, so the block that is needed most
 * is left out last; a block is shortened rather than left out where it can be. `dropped` are the names of the others.
 */
export function withinBudget<T extends Block>(
  blocks: readonly T[],
  budget: number,
): { kept: T[]; dropped: string[] } {
  const kept = new Map<T, T>();
  let left = budget;
  for (const block of [...blocks].sort((a, b) => a.rank - b.rank)) {
    const whole = estimateTokens(block.text) <= left;
    const part = whole || left < LEAST_TOKENS ? undefined : block.shortened?.(left);
    if (!whole && part === undefined) continue;
    const fitting = part === undefined ? block : { ...block, text: part };
    left -= estimateTokens(fitting.text);
    kept.set(block, fitting);
  }
  return {
    kept: blocks.flatMap((block) => kept.get(block) ?? []),
    dropped: blocks.filter((block) => !kept.has(block)).map(({ name }) => name),
  };
}

const NAMED = 12;
/** Kept free for naming what was left out. */
export const NAMES_TOKENS = 250;

/** The names of the first blocks that were dropped, and the number of the others. */
export function leftOut(dropped: readonly string[]): string {
  const more = dropped.length - NAMED;
  return `${dropped.slice(0, NAMED).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
