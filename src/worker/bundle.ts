import { createHash, randomUUID } from 'node:crypto';
import { existsSync, globSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';

const ROOT = join(import.meta.dirname, '..', '..');
/** All that workflow code is made from (tests/infra/layout.test.ts holds this), and the versions of its libraries. */
const SOURCES = ['workflows/**/*.ts', 'src/domain/**/*.ts', 'package-lock.json'];

/**
 * The workflows as one file, made once for each state of their sources: bundling takes longer than all else that a worker does
 * before its first poll. Where node_modules cannot be written, it is made in memory.
 */
export async function workflowBundle(): Promise<{ codePath: string } | { code: string }> {
  const folder = join(ROOT, 'node_modules', '.cache', 'agentops');
  const codePath = join(folder, `workflows-${hashOfSources()}.js`);
  if (existsSync(codePath)) return { codePath };
  const { code } = await bundleWorkflowCode({
    workflowsPath: join(ROOT, 'workflows', 'index.ts'),
    logger: new DefaultLogger('WARN'),
  });
  try {
    mkdirSync(folder, { recursive: true });
    // Whole or not at all: another process may be here as well.
    const part = `${codePath}.${randomUUID()}`;
    writeFileSync(part, code);
    renameSync(part, codePath);
    return { codePath };
  } catch {
    return { code };
  }
}

function hashOfSources(): string {
  const hash = createHash('sha256');
  const files = globSync(SOURCES, { cwd: ROOT, exclude: (name) => name.endsWith('.test.ts') }).sort();
  for (const file of files) hash.update(`${file}\n`).update(readFileSync(join(ROOT, file)));
  return hash.digest('hex').slice(0, 16);
}

if (import.meta.main) await workflowBundle();
