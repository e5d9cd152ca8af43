/** One piece of the prompt that may be left out. Rank 1 is needed most. */
export interface Block {
  /** What the prompt calls it when it does not fit. */
  name: string;
  rank: number;
  text: string;
  /** Where a part says something: the block in at most so many tokens. */
  shortened?: (tokens: number) => string;
}

/** A part of a block that is shorter says nothing. */
const LEAST_TOKENS = 100;

/**
 * Tokens that a text takes at most, roughly, for any of the usual tokenizers: a word one per four letters, each digit and
 * each sign one, what is not ASCII one per byte. Too many rather than too few: what does not fit Ollama cuts silently, and
 * at the beginning, where the instructions are.
 */
export function estimateTokens(text: string): number {
  const ascii = text.replace(/\P{ASCII}+/gu, ' ');
  const pieces = ascii.match(/[A-Za-z]{1,4}|[^\sA-Za-z]|\n/g)?.length ?? 0;
  return pieces + Buffer.byteLength(text.replace(/\p{ASCII}+/gu, ''));
}

/** As much of a text's beginning as takes at most so many tokens, and letters for them; "…" where it was cut. */
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
 * Blocks that fit into a budget of tokens, in their given order: filled by rank, so that what is needed most is left out
 * last, and shortened rather than left out where it can be. `dropped` are the others' names.
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

/** What the prompt says of the dropped: their names, the first of them. */
export function leftOut(dropped: readonly string[]): string {
  const more = dropped.length - NAMED;
  return `${dropped.slice(0, NAMED).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
