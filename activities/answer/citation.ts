import type { Evidence } from '../../src/domain/evidence.ts';
import type { Citation } from '../../src/domain/investigation.ts';
import { list, minute } from '../../src/domain/text.ts';

/** Where a reader looks a cited item up: the sections that the lines citing it name, else the best one; else system and window. */
export function citationOf(item: Evidence, text: string): Citation {
  const { id, tool, summary, system, window } = item;
  const lines = text.split('\n').filter((line) => line.includes(id));
  const sections = (item.documents ?? []).map(({ file, anchor }) => `${file}#${anchor}`);
  const named = sections.filter((section) => lines.some((line) => names(line, section)));
  const measured = window ? `${system}, ${minute(window.from)} to ${minute(window.to)}` : system;
  const source = named.length > 0 ? list(named) : (sections[0] ?? measured);
  return { evidence_id: id, tool, source, summary };
}

/** As a whole reference: `#section-3` is not named by `#section-3-2`. */
function names(line: string, section: string): boolean {
  return line.split(section).some((rest, i) => i > 0 && !/^[\w-]/.test(rest));
}
