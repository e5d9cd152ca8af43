// Adds to package-lock.json the platform packages that npm left out: a registry that does not serve a package for another
// platform, or an npm that saw node_modules first, makes a lock file that `npm ci` then refuses elsewhere. Run after
// installing a dependency (npm run lock); changes nothing when nothing is missing. With --check it only says so.
import { readFileSync, writeFileSync } from 'node:fs';

const file = new URL('../package-lock.json', import.meta.url);
const lock = JSON.parse(readFileSync(file, 'utf8'));
const OS = /(?:^|[-/])(aix|android|darwin|freebsd|linux|netbsd|openbsd|openharmony|sunos|win32)(?:-|$)/;
const CPU = /-(arm64|arm|x64|ia32|ppc64|s390x|riscv64|loong64|mips64el|wasm32)(?:-|$)/;

/** What such a package's own package.json says, which its name repeats: `core-linux-x64-musl`. */
function platformOf(name) {
  const os = OS.exec(name)?.[1];
  const cpu = CPU.exec(name)?.[1];
  if (!os || !cpu)
    throw new Error(`${name}: expected a name that ends in system and processor, such as linux-x64`);
  const libc = /musl/.test(name) ? 'musl' : os === 'linux' && /-gnu/.test(name) ? 'glibc' : null;
  return { cpu: [cpu], ...(libc && { libc: [libc] }), os: [os] };
}

/** Node's own look-up: beside the package's dependencies, then upwards. */
function present(from, name) {
  for (let at = from; ; at = at.slice(0, Math.max(0, at.lastIndexOf('/node_modules/')))) {
    if (lock.packages[`${at ? `${at}/` : ''}node_modules/${name}`]) return true;
    if (!at.includes('/node_modules/')) return Boolean(lock.packages[`node_modules/${name}`]);
  }
}

let added = 0;
for (const [from, { optionalDependencies = {}, dev }] of Object.entries(lock.packages)) {
  for (const [name, version] of Object.entries(optionalDependencies)) {
    if (present(from, name)) continue;
    if (!/^\d/.test(version)) throw new Error(`${name}: expected an exact version, got ${version}`);
    lock.packages[`node_modules/${name}`] = {
      version,
      ...platformOf(name),
      ...(dev && { dev }),
      optional: true,
    };
    added += 1;
  }
}
if (process.argv[2] === '--check') {
  if (added > 0) process.exitCode = 1;
} else if (added > 0) {
  lock.packages = Object.fromEntries(Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : 1)));
  writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
}
process.stdout.write(`package-lock.json: ${added} platform packages were missing\n`);
