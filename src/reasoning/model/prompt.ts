import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { splitFrontMatter } from '../../knowledge/documents/front-matter.ts';

const FrontMatter = z.strictObject({ name: z.string(), version: z.number().int() });
const DIR = join(import.meta.dirname, '..', 'prompts');

/** A prompt file: a user message with `{{placeholders}}`, and before it the instructions of the system message. */
export interface Prompt {
  /** Name and version, for the trace: `diagnose@1`. */
  id: string;
  /** Empty in a prompt that continues another one. */
  system: string;
  user: string;
}

/** Reads `prompts/<name>.md`, once at start. @throws Error naming the file that is not as expected */
export function readPrompt(name: string): Prompt {
  const file = join(DIR, `${name}.md`);
  const { raw, body } = splitFrontMatter(readFileSync(file, 'utf8'));
  const meta = FrontMatter.safeParse(raw);
  const [, system = '', user] = /^(?:# System\n([\s\S]*?)\n)?# User\n([\s\S]*)$/.exec(body.trim()) ?? [];
  if (!meta.success || meta.data.name !== name || !user)
    throw new Error(`${file}: expected front-matter with name "${name}" and a version, then "# User"`);
  return { id: `${name}@${meta.data.version}`, system: system.trim(), user: user.trim() };
}

/** A user message with its placeholders filled. @throws Error for a placeholder without a value */
export function fill(template: string, values: Record<string, string>): string {
  return template.replace(/\{\{(\w+)\}\}/g, (_, name: string) => {
    if (!(name in values)) throw new Error(`no value for {{${name}}}`);
    return values[name]!;
  });
}

/**
 * Text that others wrote (logs, labels, documents, an earlier answer), marked as data. It cannot close its own mark: there is
 * no `<` or `>` left in it.
 */
export function asData(name: string, text: string): string {
  return `<data name="${harmless(name).replaceAll('"', "'")}">\n${harmless(text)}\n</data>`;
}

/** Text without what could close the mark. */
export const harmless = (text: string) => text.replaceAll('<', '‹').replaceAll('>', '›');
