import { realpathSync, statSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { SingleBar } from 'cli-progress';
import type { Command } from 'commander';
import { CollectionName, TextPath } from '../../knowledge/documents/collection.ts';
import { readText, textFiles, UnreadableTextError } from '../../knowledge/documents/text-files.ts';
import type { Ingested, SourceText } from '../../knowledge/port.ts';
import { type ApiClient, CliError } from '../api-client.ts';
import { print } from '../output.ts';
import { addCommand, type CommonOptions, context } from './command.ts';

/** The API takes 1 MB a request, in which quotes and line ends of a text are escaped: twice as long at worst. */
const MAX_TEXT_BYTES = 450_000;
/** Well under what the API takes, so that the bar moves. */
const BATCH_BYTES = 80_000;

/** AgentOps' own corpus, which the worker reads when it starts: cited by bare names, here as there. */
const OWN = ['runbooks', 'incidents'].map((name) => join(import.meta.dirname, '..', '..', '..', name));

interface Folder {
  folder: string;
  /** Undefined: our own. */
  collection: string | undefined;
  /** Also of files that could not be read: what was taken in of those before stays. */
  paths: string[];
  texts: SourceText[];
  skipped: { file: string; reason: string }[];
}

type Outcome = Ingested & Pick<Folder, 'folder' | 'collection' | 'skipped'>;

/** `ingest`. */
export function addIngestCommand(program: Command): void {
  addCommand(
    program,
    'ingest <folders...>',
    'make the .md and .txt files of folders searchable; deletes follow',
  ).action(async (given: string[], options: CommonOptions) => {
    const folders = given.map(readFolder);
    const names = folders.map(({ collection }) => collection);
    const twice = names.find((name, i) => name && names.indexOf(name) !== i);
    if (twice)
      throw new CliError(`two folders are named ${twice}, and files are cited by that name: rename one`);
    const outcomes = await send(context().api, folders);
    print(options, outcomes, (list) => list.map(outcomeText).join('\n'));
    if (outcomes.some(({ skipped }) => skipped.length > 0)) process.exitCode = 1;
  });
}

/** @throws CliError when it is no folder that can be listed */
function readFolder(given: string): Folder {
  const folder = resolve(given);
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) {
    throw new CliError(`${given}: no such folder`);
  }
  const collection = CollectionName.safeParse(basename(folder).replace(/[^\w.-]+/g, '-'));
  if (!collection.success) {
    throw new CliError(
      `${given}: files are cited by the folder's name: ${collection.error.issues[0]!.message}`,
    );
  }
  let found: string[];
  try {
    found = textFiles(folder);
  } catch (error) {
    throw new CliError(`${given}: cannot be read: ${(error as NodeJS.ErrnoException).code}`);
  }
  const paths: string[] = [];
  const texts: SourceText[] = [];
  const skipped: Folder['skipped'] = [];
  for (const path of found) {
    const skip = (reason: string) => skipped.push({ file: join(given, path), reason });
    const name = TextPath.safeParse(path);
    if (!name.success) {
      skip(name.error.issues[0]!.message);
      continue;
    }
    paths.push(path);
    try {
      texts.push({ path, content: readText(join(folder, path), MAX_TEXT_BYTES) });
    } catch (error) {
      if (!(error instanceof UnreadableTextError)) throw error;
      skip(error.message);
    }
  }
  return {
    folder,
    collection: OWN.includes(realpathSync(folder)) ? undefined : collection.data,
    paths,
    texts,
    skipped,
  };
}

/** Sends each folder in batches; its last batch names all its files, so that what is gone goes. */
async function send(api: ApiClient, folders: Folder[]): Promise<Outcome[]> {
  const bar = new SingleBar({
    format: 'ingest {bar} {value}/{total} files',
    stream: process.stderr,
    clearOnComplete: true,
    hideCursor: true,
    noTTYOutput: false,
  });
  bar.start(
    folders.reduce((sum, { texts }) => sum + texts.length, 0),
    0,
  );
  try {
    const outcomes: Outcome[] = [];
    for (const { folder, collection, paths, texts, skipped } of folders) {
      const total = { files: 0, changed: 0, removed: 0, sections: 0 };
      const batches = batchesOf(texts);
      for (const [i, batch] of batches.entries()) {
        const complete = collection && i === batches.length - 1 ? paths : undefined;
        const done = await api.post<Ingested>('/api/ingest', { collection, texts: batch, complete });
        total.files += done.files;
        total.changed += done.changed;
        total.removed += done.removed;
        total.sections = done.sections;
        bar.increment(batch.length);
      }
      outcomes.push({ folder, collection, ...total, skipped });
    }
    return outcomes;
  } finally {
    bar.stop();
  }
}

/** In order; at least one, so that an emptied folder is told too. */
function batchesOf(texts: SourceText[]): SourceText[][] {
  const batches: SourceText[][] = [[]];
  let bytes = 0;
  for (const text of texts) {
    const size = Buffer.byteLength(JSON.stringify(text));
    if (bytes > 0 && bytes + size > BATCH_BYTES) {
      batches.push([]);
      bytes = 0;
    }
    batches.at(-1)!.push(text);
    bytes += size;
  }
  return batches;
}

function outcomeText({ folder, collection, files, changed, removed, skipped }: Outcome): string {
  const count = (n: number) => `${n} ${n === 1 ? 'file' : 'files'}`;
  return [
    `${basename(folder)}: ${count(files)}, ${changed} new or changed, ${removed} removed; ${collection ? `cited as ${collection}/…` : "AgentOps' own corpus"}`,
    ...skipped.map(({ file, reason }) => `  skipped ${file}: ${reason}`),
  ].join('\n');
}
