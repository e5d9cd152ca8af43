import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { readDocument, splitSections } from './markdown.ts';
import { anchorOf } from './slug.ts';

test.each([
  ['3. Find the cause', 'section-3'],
  ['3.2 What causes drift?', 'section-3-2'],
  ['3.2.1. Deep', 'section-3-2-1'],
  ["Why V14's mean moved", 'why-v14s-mean-moved'],
  ['2026', '2026'],
  ['Größe & Maß', 'größe-maß'],
  ['!!!', 'section'],
])('the anchor of "%s" is %s', (heading, anchor) => {
  expect(anchorOf(heading)).toBe(anchor);
});

test('splits at headings, keeps code whole, tells equal headings apart', () => {
  const body =
    '# Title\n\nintro\n\n## 1. One\ntext\n```sh\n# not a heading\n```\n### Same\na\n### Same ##\nb\n## Empty\n';
  expect(splitSections(body, 'Title')).toEqual([
    { heading: 'Title', anchor: 'title', text: 'intro' },
    { heading: '1. One', anchor: 'section-1', text: 'text\n```sh\n# not a heading\n```' },
    { heading: 'Same', anchor: 'same', text: 'a' },
    { heading: 'Same', anchor: 'same-2', text: 'b' },
  ]);
});

test('a fence is closed by its own mark, at least as long and alone', () => {
  const code = '````md\n```sh\n# one\n```\n# two\n~~~~\n````sh\n# three\n`````';
  expect(splitSections(`## A\n${code}\n## B\nb`, 'T')).toEqual([
    { heading: 'A', anchor: 'a', text: code },
    { heading: 'B', anchor: 'b', text: 'b' },
  ]);
  // Code within a line opens nothing.
  expect(splitSections('```x``` y\n## B\nb', 'T').map(({ anchor }) => anchor)).toEqual(['t', 'b']);
});

test('no two sections have one anchor', () => {
  const anchors = (headings: string[]) =>
    splitSections(headings.map((heading) => `## ${heading}\ntext\n`).join(''), 'T').map(
      ({ anchor }) => anchor,
    );
  expect(anchors(['A-2', 'A', 'A'])).toEqual(['a-2', 'a', 'a-3']);
  fc.assert(
    fc.property(fc.array(fc.constantFrom('A', 'A 2', 'A-3', 'A-2-2', '2. A', '!')), (headings) => {
      expect(new Set(anchors(headings)).size).toBe(headings.length);
    }),
  );
});

test.each([
  ['```sh\n# install it\n```\n# Walrus\n\nx', 'Walrus'],
  ['```sh\n# install it\n```\nx', 'my notes'],
  ['---\ntitle:\n---\n# Walrus #\n\nx', 'Walrus'],
  ['---\ntitle: " "\n---\nx', 'my notes'],
  ['---\ntitle: 2026\n---\nx', '2026'],
])('the title of %j is %s', (content, title) => {
  expect(readDocument('my_notes.md', content).title).toBe(title);
});

test('anybody’s file is a document: title from its heading or name, type from its name', () => {
  expect(readDocument('notes/how-to.md', '# How to\n\nx')).toMatchObject({
    doc_type: 'document',
    title: 'How to',
  });
  expect(readDocument('my_notes.txt', 'x')).toMatchObject({
    title: 'my notes',
    sections: [{ anchor: 'my-notes' }],
  });
  expect(readDocument('runbook_x.md', '---\n: [\n---\nx')).toMatchObject({ doc_type: 'runbook' });
  expect(readDocument('inc_x.md', '---\r\ntitle: T\r\n---\r\nx')).toMatchObject({
    doc_type: 'incident',
    title: 'T',
  });
});
