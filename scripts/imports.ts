import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

/**
 * Draws who imports whom, room by room, from the sources; type imports count. `node scripts/imports.ts [root]` prints a Mermaid
 * graph, and names circles of rooms and of files and arrows that point upwards. tests/infra/layout.test.ts uses it.
 */

/** Imports between rooms, counted. */
type Graph = Map<string, Map<string, number>>;

/** The rooms by floor, the innermost first. A room imports rooms of the floors below its own, and its own files. */
export const FLOORS: string[][] = [
  ['src/domain'],
  ['src/config', 'src/database', 'src/agents', 'src/drift-files', 'workflows'],
  ['src/install', 'src/warehouse', 'src/store'],
  ['src/platform', 'src/connectors', 'src/knowledge', 'temporal', 'src/intake'],
  ['src/reasoning', 'src/context.ts', 'src/sandbox'],
  ['activities', 'src/api'],
  ['src/worker', 'src/cli'],
];

/** `src/domain`; a file that stands in src itself is its own room */
export function roomOf(file: string): string {
  const parts = file.split('/');
  return parts[0] === 'src' ? parts.slice(0, 2).join('/') : parts[0]!;
}

/** Our sources below a root, without tests. */
export function sourcesOf(root: string): string[] {
  const files = globSync('{src,seed,workflows,activities,temporal}/**/*.ts', { cwd: root });
  return files.filter((file) => !file.endsWith('.test.ts')).sort();
}

/** What a file imports of ours, as paths below the root. */
export function importsOf(root: string, file: string): { to: string; type: boolean }[] {
  const text = readFileSync(join(root, file), 'utf8');
  const found: { name: string; type: boolean }[] = [];
  for (const [, kind, name] of text.matchAll(/^(?:import|export)\s+(type\s)?[^;'"]*?from\s+'(\.[^']+)'/gm))
    found.push({ name: name!, type: kind !== undefined });
  for (const [, bare, lazy] of text.matchAll(/^import '(\.[^']+)'|\bimport\('(\.[^']+)'\)/gm))
    found.push({ name: (bare ?? lazy)!, type: false });
  return found.map(({ name, type }) => ({ to: relative(root, join(root, dirname(file), name)), type }));
}

/** The imports between the rooms below a root. */
export function roomGraph(root: string): Graph {
  const graph: Graph = new Map();
  for (const file of sourcesOf(root)) {
    const from = roomOf(file);
    const targets = graph.get(from) ?? new Map<string, number>();
    graph.set(from, targets);
    for (const { to } of importsOf(root, file)) {
      const room = roomOf(to);
      if (room !== from) targets.set(room, (targets.get(room) ?? 0) + 1);
    }
  }
  return graph;
}

/** Groups of nodes that reach each other (Tarjan's strongly connected components), those of more than one node. */
export function circlesOf(graph: ReadonlyMap<string, Iterable<string>>): string[][] {
  const index = new Map<string, number>();
  const low = new Map<string, number>();
  const stack: string[] = [];
  const circles: string[][] = [];
  const visit = (node: string) => {
    index.set(node, index.size);
    low.set(node, index.get(node)!);
    stack.push(node);
    for (const next of graph.get(node) ?? []) {
      if (!index.has(next)) visit(next);
      if (stack.includes(next)) low.set(node, Math.min(low.get(node)!, low.get(next)!));
    }
    if (low.get(node) !== index.get(node)) return;
    const circle = stack.splice(stack.indexOf(node));
    if (circle.length > 1) circles.push(circle.sort());
  };
  for (const node of graph.keys()) if (!index.has(node)) visit(node);
  return circles;
}

/** Files that import each other. */
export function fileCircles(root: string): string[][] {
  return circlesOf(new Map(sourcesOf(root).map((file) => [file, importsOf(root, file).map(({ to }) => to)])));
}

/** `from → to` of imports that do not point to a lower floor. */
export function upwardArrows(graph: Graph): string[] {
  const floor = (room: string) => FLOORS.findIndex((rooms) => rooms.includes(room));
  return [...graph].flatMap(([from, targets]) =>
    [...targets.keys()].filter((to) => floor(to) >= floor(from)).map((to) => `${from} → ${to}`),
  );
}

function mermaid(graph: Graph): string {
  const id = (room: string) => room.replaceAll(/\W/g, '_');
  const rooms = [...graph.keys()].sort();
  const arrows = rooms.flatMap((from) =>
    [...graph.get(from)!].sort().map(([to, count]) => `  ${id(from)} -->|${count}| ${id(to)}`),
  );
  return ['graph BT', ...rooms.map((room) => `  ${id(room)}["${room}"]`), ...arrows].join('\n');
}

if (import.meta.main) {
  const root = process.argv[2] ?? dirname(import.meta.dirname);
  if (!existsSync(join(root, 'src'))) throw new Error(`expected a checkout with src/, got ${root}`);
  const graph = roomGraph(root);
  const list = (items: string[]) =>
    items.length > 0 ? items.map((item) => `- ${item}`).join('\n') : '- none';
  const rooms = circlesOf(new Map([...graph].map(([from, to]) => [from, to.keys()])));
  console.log(mermaid(graph));
  console.log(`\nCircles of rooms:\n${list(rooms.map((circle) => circle.join(', ')))}`);
  console.log(`\nCircles of files:\n${list(fileCircles(root).map((circle) => circle.join(', ')))}`);
  console.log(`\nArrows upwards:\n${list(upwardArrows(graph))}`);
}
