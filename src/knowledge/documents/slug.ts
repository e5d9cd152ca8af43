const NUMBERED = /^(\d+(?:\.\d+)*)[.)]?\s+\S/;

/** Lower-case words joined by "-": `Why V14's mean moved` → `why-v14s-mean-moved`. Empty when nothing is left. */
export function slug(text: string): string {
  return text
    .toLowerCase()
    .replace(/['’`]/g, '')
    .replace(/[^\p{L}\p{N}]+/gu, '-')
    .replace(/^-+|-+$/g, '');
}

/**
 * The anchor of a heading, the same for the index, for citations and for rendered pages: `3. Find the cause` →
 * `section-3`, `3.2 Usual causes` → `section-3-2`, anything else its slug.
 */
export function anchorOf(heading: string): string {
  const number = NUMBERED.exec(heading.trim())?.[1];
  return number ? `section-${number.replaceAll('.', '-')}` : slug(heading) || 'section';
}
