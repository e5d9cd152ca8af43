import { styleText } from 'node:util';

type Style = Parameters<typeof styleText>[0];

/** Colour only where stdout is a terminal and `NO_COLOR` is not set. */
export function paint(style: Style, text: string): string {
  return styleText(style, text, { stream: process.stdout });
}

/** Prints one result: as JSON on one line for programs, or as text for people. */
export function print<T>(options: { json?: boolean }, value: T, text: (value: T) => string): void {
  process.stdout.write(`${options.json ? JSON.stringify(value) : text(harmless(value))}\n`);
}

/** The value without control characters: text of alerts and people must not drive the reader's terminal. */
function harmless<T>(value: T): T {
  if (typeof value === 'string') return value.replace(/\p{Cc}+/gu, ' ') as T;
  if (Array.isArray(value)) return value.map(harmless) as T;
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, harmless(inner)])) as T;
}

/** Rows in columns as wide as their widest cell; the last column is not padded. */
export function columns(rows: readonly (readonly string[])[], indent = ''): string {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, index) => {
      widths[index] = Math.max(widths[index] ?? 0, cell.length);
    });
  }
  return rows
    .map((row) => {
      const cells = row.map((cell, index) => (index < row.length - 1 ? cell.padEnd(widths[index]!) : cell));
      return indent + cells.join('  ');
    })
    .join('\n');
}
