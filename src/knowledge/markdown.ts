import { basename } from 'node:path';
import { DocumentMeta, splitFrontMatter } from './front-matter.ts';
import type { SearchHit } from './port.ts';
import { anchorOf } from './slug.ts';

export interface Section {
  heading: string;
  anchor: string;
  text: string;
}

/** A document as the index keeps it. Empty lists: it serves every alert type or component. */
export interface KnowledgeDocument {
  doc_type: SearchHit['doc_type'];
  title: string;
  incident_id: string | null;
  alert_types: string[];
  components: string[];
  sections: Section[];
}

const HEADING = /^ {0,3}(#{1,6})\s+(.+?)\s*#*\s*$/;
const FENCE = /^ {0,3}(```|~~~)/;

/**
 * Splits markdown at its headings. Each section holds the text up to the next heading of any level; what stands before
 * the first heading, or under the title, is a section named by the title. `#` lines inside code fences are code.
 * Repeated anchors get `-2`, `-3`.
 */
export function splitSections(body: string, title: string): Section[] {
  const sections: Section[] = [];
  const taken = new Map<string, number>();
  let heading = title;
  let lines: string[] = [];
  let fence: string | null = null;

  const flush = () => {
    const text = lines.join('\n').trim();
    lines = [];
    if (text === '') return;
    const anchor = anchorOf(heading);
    const times = (taken.get(anchor) ?? 0) + 1;
    taken.set(anchor, times);
    sections.push({ heading, anchor: times === 1 ? anchor : `${anchor}-${times}`, text });
  };
  for (const line of body.split('\n')) {
    const mark = FENCE.exec(line)?.[1] ?? null;
    if (mark && (fence === null || fence === mark)) fence = fence === null ? mark : null;
    const match = fence === null ? HEADING.exec(line) : null;
    if (!match) {
      lines.push(line);
      continue;
    }
    flush();
    heading = match[2]!;
  }
  flush();
  return sections;
}

/**
 * Reads one .md or .txt file. Anybody's files are welcome: without our front-matter the title is the first `#` heading
 * or the file's name, and the type follows from the name (`runbook_…`, `inc_…`).
 */
export function readDocument(file: string, content: string): KnowledgeDocument {
  const { raw, body } = splitFrontMatter(content);
  const meta = DocumentMeta.safeParse(raw);
  const name = basename(file).replace(/\.(md|txt)$/i, '');
  const first = /^# +(.+)$/m.exec(body)?.[1]?.trim();
  const given = raw && typeof raw === 'object' && 'title' in raw ? String(raw.title) : undefined;
  const title = meta.success ? meta.data.title : (given ?? first ?? name.replaceAll(/[_-]+/g, ' '));
  const sections = splitSections(body, title);
  if (!meta.success) {
    const doc_type = /^runbook_/.test(name) ? 'runbook' : /^inc_/.test(name) ? 'incident' : 'document';
    return { doc_type, title, incident_id: null, alert_types: [], components: [], sections };
  }
  const { data } = meta;
  return {
    doc_type: data.doc_type,
    title,
    incident_id: data.doc_type === 'incident' ? data.incident_id : null,
    alert_types: data.alert_types,
    components: data.doc_type === 'incident' ? [data.component] : data.components,
    sections,
  };
}
