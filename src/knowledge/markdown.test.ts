import { expect, test } from '@jest/globals';
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
