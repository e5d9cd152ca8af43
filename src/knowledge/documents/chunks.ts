/** Passages of about this many words fit the models' 512 tokens, tables and SQL mostly included. */
const MAX_WORDS = 220;
/** Words of the passage before that a passage begins with, so that no thought is cut in two. */
const OVERLAP = 30;

const wordsIn = (text: string) => text.match(/\S+/g)?.length ?? 0;

/**
 * Splits a section into passages of at most 220 words, at line ends where it can; only a line that is longer is cut
 * within. Each but the first repeats the last lines of the one before, up to 30 words. Nothing is left out.
 */
export function chunksOf(text: string): string[] {
  if (wordsIn(text) <= MAX_WORDS) return [text];
  const chunks: string[] = [];
  let lines: string[] = [];
  let count = 0;
  for (const line of text.split('\n').flatMap(pieces)) {
    const words = wordsIn(line);
    if (count + words > MAX_WORDS) {
      chunks.push(lines.join('\n').trim());
      lines = tail(lines, Math.min(OVERLAP, MAX_WORDS - words));
      count = wordsIn(lines.join('\n'));
    }
    lines.push(line);
    count += words;
  }
  chunks.push(lines.join('\n').trim());
  return chunks;
}

/** A line, or its parts where it is too long for one passage. */
function pieces(line: string): string[] {
  const words = line.match(/\S+/g) ?? [];
  if (words.length <= MAX_WORDS) return [line];
  return Array.from({ length: Math.ceil(words.length / MAX_WORDS) }, (_, i) =>
    words.slice(i * MAX_WORDS, (i + 1) * MAX_WORDS).join(' '),
  );
}

/** The last lines that have at most so many words together. */
function tail(lines: string[], most: number): string[] {
  let count = 0;
  let from = lines.length;
  while (from > 0) {
    count += wordsIn(lines[from - 1]!);
    if (count > most) break;
    from--;
  }
  return lines.slice(from);
}
