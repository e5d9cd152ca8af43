// Installs what package-lock.json says, once per lock file; runs before start, demo and test, on Node 20 or newer,
// with no dependencies. stdout stays clean: the demo's last line there is JSON.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const stampFile = join(root, 'node_modules', '.agentops-setup');

function fail(message) {
  process.stderr.write(`setup: ${message}\n`);
  process.exit(1);
}

function text(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

/** Another lock file, system or processor needs another install. */
function wantedStamp() {
  const lock = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');
  return `${lock} ${process.platform}-${process.arch}`;
}

/** Everything the children print goes to our stderr. */
function run(command, args) {
  return spawnSync(command, args, { cwd: root, stdio: ['ignore', 2, 2] });
}

const major = Number(process.versions.node.split('.')[0]);
if (major < 20) fail(`expected Node 20 or newer, got ${process.version}; install it from https://nodejs.org`);

const stamp = wantedStamp();
if (text(stampFile) !== stamp) {
  process.stderr.write('setup: installing dependencies (about a minute, once) …\n');
  // Within an npm script npm names itself; elsewhere it is on the PATH.
  const npm = process.env.npm_execpath?.endsWith('.js')
    ? [process.execPath, process.env.npm_execpath]
    : ['npm'];
  const args = ['ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'];
  const { status, error } = run(npm[0], [...npm.slice(1), ...args]);
  if (error) fail(`could not run npm: ${error.message}; install npm, then run this again`);
  if (status !== 0) fail(`npm ci failed (exit ${status}); its own messages are above`);
  const node = spawnSync(join(root, 'node_modules', '.bin', 'node'), ['--version'], { encoding: 'utf8' });
  if (!/^v(2[4-9]|[3-9]\d)\./.test(node.stdout ?? '')) {
    fail(
      `expected Node 24 from the dependency "node", got "${(node.stdout ?? node.error?.message ?? '').trim()}"; ` +
        'npm must be allowed to run install scripts (npm config delete ignore-scripts), then run npm run setup',
    );
  }
  // A worker's first start need not bundle the workflows.
  run(join(root, 'node_modules', '.bin', 'node'), [
    '--no-warnings',
    join(root, 'src', 'worker', 'bundle.ts'),
  ]);
  writeFileSync(stampFile, stamp);
}
