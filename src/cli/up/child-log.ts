import { createWriteStream, mkdirSync, renameSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

const KEEP_BYTES = 20_000_000;
const PINO_WARN = 40;

/** The log file of one child over all its runs; warnings and errors in it are passed on, once a minute when they repeat. */
export class ChildLog {
  readonly file: string;
  readonly #echo: (line: string) => void;
  readonly #out;
  readonly #saidAt = new Map<string, number>();
  #last = '';

  constructor(file: string, echo: (line: string) => void) {
    this.file = file;
    this.#echo = echo;
    mkdirSync(dirname(file), { recursive: true });
    if ((statSync(file, { throwIfNoEntry: false })?.size ?? 0) > KEEP_BYTES) renameSync(file, `${file}.old`);
    this.#out = createWriteStream(file, { flags: 'a' });
  }

  follow(stream: Readable): void {
    createInterface({ input: stream }).on('line', (line) => {
      this.#out.write(`${line}\n`);
      const entry = parsed(line);
      const text = entry?.msg ?? line;
      // The line that names the error, not the stack and the details that Node prints below it.
      if (text.trim() && !/^\s|^Node\.js v|^[{}^]/.test(text)) this.#last = text.trim();
      if ((entry?.level ?? 0) >= PINO_WARN) this.#pass(text);
    });
  }

  /** The last line that says something: why it ended, most likely. */
  get last(): string {
    return this.#last;
  }

  #pass(text: string): void {
    const now = Date.now();
    if (now - (this.#saidAt.get(text) ?? 0) < 60_000) return;
    if (this.#saidAt.size > 1_000) this.#saidAt.clear();
    this.#saidAt.set(text, now);
    this.#echo(text);
  }

  close(): void {
    this.#out.end();
  }
}

/** A line of pino; null for any other. */
function parsed(line: string): { level: number; msg: string } | null {
  if (!line.startsWith('{')) return null;
  try {
    const { level, msg } = JSON.parse(line);
    return typeof level === 'number' && typeof msg === 'string' ? { level, msg } : null;
  } catch {
    return null;
  }
}
