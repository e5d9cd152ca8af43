import { basename } from 'node:path';
import { z } from 'zod';
import type { SearchHit } from '../port.ts';
import { DocumentMeta, splitFrontMatter } from './front-matter.ts';
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
const FENCE = /^ {0,3}(`{3,}|~{3,})(.*)$/;
/** What foreign front-matter says; YAML makes null of an empty title and a number of a year. */
const Titled = z.object({ title: z.union([z.string().trim().min(1), z.number().transform(String)]) });

/** The lines of a text; those that are headings, which `#` lines of code are not, with their level and words. */
function linesOf(body: string): { line: string; level?: number; heading?: string }[] {
  let fence: string | null = null;
  return body.split('\n').map((line) => {
    const inside = fence !== null;
    fence = fenceAfter(line, fence);
    const match = inside || fence !== null ? null : HEADING.exec(line);
    return match ? { line, level: match[1]!.length, heading: match[2]! } : { line };
  });
}

/** The fence that is open after a line. One closes by its own mark, at least as long and alone, so that code can show fences. */
function fenceAfter(line: string, fence: string | null): string | null {
  const [, mark, rest] = FENCE.exec(line) ?? [];
  if (mark === undefined || rest === undefined) return fence;
  if (fence === null) return mark.startsWith('`') && rest.includes('`') ? null : mark;
  return mark.startsWith(fence) && rest.trim() === '' ? null : fence;
}

/**
 * Splits markdown at its headings. Each section holds the text up to the next heading of any level; what stands before
 * the first heading, or under the title, is a section named by the title. Anchors that are taken get the first free `-2`, `-3`.
 */
export function splitSections(body: string, title: string): Section[] {
  const sections: Section[] = [];
  const taken = new Set<string>();
  let heading = title;
  let lines: string[] = [];

  const flush = () => {
    const text = lines.join('\n').trim();
    lines = [];
    if (text === '') return;
    const anchor = anchorOf(heading);
    let free = anchor;
    for (let n = 2; taken.has(free); n++) free = `${anchor}-${n}`;
    taken.add(free);
    sections.push({ heading, anchor: free, text });
  };
  for (const { line, heading: next } of linesOf(body)) {
    if (next === undefined) {
      lines.push(line);
      continue;
    }
    flush();
    heading = next;
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
  const first = linesOf(body).find(({ level }) => level === 1)?.heading;
  const given = Titled.safeParse(raw).data?.title;
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
