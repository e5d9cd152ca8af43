import type { Evidence } from '../../src/domain/evidence.ts';
import type { Citation } from '../../src/domain/investigation.ts';
import { list, minute } from '../../src/reasoning/text.ts';

/** Where a reader looks a cited item up: the sections that the text names, else the best one; else the tool's system and window. */
export function citationOf(
  { id, tool, system, window, documents, summary }: Evidence,
  text: string,
): Citation {
  return { evidence_id: id, tool, summary, source: source() };

  function source(): string {
    const sections = (documents ?? []).map(({ file, anchor }) => `${file}#${anchor}`);
    // Whole references only: `#section-3` is not named by `#section-3-2`.
    const named = sections.filter((section) =>
      text.split(section).some((rest, i) => i > 0 && !/^[\w-]/.test(rest)),
    );
    if (sections.length > 0) return list(named.length > 0 ? named : sections.slice(0, 1));
    return window ? `${system}, ${minute(window.from)} to ${minute(window.to)}` : system;
  }
}
