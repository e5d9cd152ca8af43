import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { ALERT_TYPES } from '../../src/domain/alert.ts';
import { CATEGORIES } from '../../src/domain/catalogue.ts';
import { IncidentMeta, RunbookMeta, splitFrontMatter } from '../../src/knowledge/front-matter.ts';
import { readDocument } from '../../src/knowledge/markdown.ts';
import { createKnowledge } from '../../src/knowledge/sqlite.ts';
import { searchQueries } from '../../src/reasoning/strategy.ts';
import { alert } from './fixtures.ts';

const read = (folder: string) =>
  readdirSync(folder).map((file) => ({ file, content: readFileSync(`${folder}/${file}`, 'utf8') }));
const runbooks = read('runbooks');
const incidents = read('incidents');
const anchors = new Map(
  [...runbooks, ...incidents].map(({ file, content }) => [
    file,
    readDocument(file, content).sections.map(({ anchor }) => anchor),
  ]),
);

test('the eight runbooks are there, with front-matter, numbered sections, a decision tree and an escalation', () => {
  expect(runbooks.map(({ file }) => file)).toEqual(
    [
      'anomaly_spike',
      'data_quality',
      'incident_response',
      'latency_spike',
      'model_drift',
      'retraining',
      'rollback',
      'scaling',
    ].map((name) => `runbook_${name}.md`),
  );
  for (const { file, content } of runbooks) {
    const { raw, body } = splitFrontMatter(content);
    expect({ file, error: RunbookMeta.safeParse(raw).error?.issues }).toEqual({ file, error: undefined });
    expect(body).toContain('```mermaid');
    expect(body).toMatch(/## \d+\. .*scalation/);
    expect(body).toMatch(/how to know that it worked/i);
    const numbered = anchors.get(file)!.filter((anchor) => anchor.startsWith('section-'));
    expect(numbered.length).toBeGreaterThanOrEqual(5);
    expect(new Set(numbered).size).toBe(numbered.length);
  }
});

test('fifteen incidents with front-matter; ids, dates and file names agree; every category has one', () => {
  expect(incidents).toHaveLength(15);
  const metas = incidents.map(({ file, content }) => {
    const { raw, body } = splitFrontMatter(content);
    const meta = IncidentMeta.parse(raw, { error: () => file });
    const [, month, day] = meta.date.split('-');
    expect(file.startsWith(`inc_${meta.date.slice(0, 4)}_${month}${day}_`)).toBe(true);
    expect(meta.incident_id).toBe(`INC-${meta.date.slice(0, 4)}-${month}${day}`);
    for (const part of ['Timeline', 'Root cause', 'What misled people', 'Resolution', 'Lessons'])
      expect(body).toContain(`## ${part}`);
    const lines = content.trimEnd().split('\n').length;
    expect(lines).toBeGreaterThanOrEqual(40);
    expect(lines).toBeLessThanOrEqual(90);
    return meta;
  });
  expect(new Set(metas.map(({ category }) => category))).toEqual(new Set(CATEGORIES));
  expect(new Set(metas.flatMap(({ alert_types }) => alert_types))).toEqual(new Set(ALERT_TYPES));
});

test('sections that the text or the rules point at exist', () => {
  const rules = readFileSync('src/reasoning/runbook-sections.ts', 'utf8');
  const links = [...rules.matchAll(/(runbook_\w+\.md)#([\w-]+)/g)];
  expect(links.length).toBeGreaterThan(5);
  for (const [, file, anchor] of links)
    expect({ file, anchors: anchors.get(file!) }).toEqual({
      file,
      anchors: expect.arrayContaining([anchor]),
    });
  for (const { content } of [...runbooks, ...incidents]) {
    for (const [, file] of content.matchAll(/`(runbook_\w+\.md)`/g)) expect(anchors.has(file!)).toBe(true);
    for (const [, file, number] of content.matchAll(/`(runbook_\w+\.md)` section ([\d.]+\d|\d)/g))
      expect(anchors.get(file!)).toContain(`section-${number!.replaceAll('.', '-')}`);
  }
});

const knowledge = createKnowledge(':memory:');
beforeAll(async () => void (await knowledge.ingest(['runbooks', 'incidents'])));
afterAll(() => knowledge.close());

test.each([
  ['What causes high drift in fraud detection model?', 'runbook', 'runbook_model_drift.md', 'section-3-2'],
  ['why are predictions slow, p99 latency causes', 'runbook', 'runbook_latency_spike.md', 'section-3-2'],
  ['how do I find duplicate loads', 'runbook', 'runbook_data_quality.md', 'section-3-3'],
  ['how many labelled rows before retraining', 'runbook', 'runbook_retraining.md', 'section-2'],
] as const)('"%s" finds %s %s#%s first', async (query, docType, file, anchor) => {
  const {
    hits: [first],
  } = await knowledge.search({ query, docType });
  expect(`${first?.file}#${first?.anchor}`).toBe(`${file}#${anchor}`);
});

test.each([
  ['V14 V17 drift historical incidents', 'INC-2026-0115'],
  ['null scores bureau timeout', 'INC-2026-0309'],
  ['black friday drift', 'INC-2025-1128'],
  ['same batch loaded twice', 'INC-2026-0519'],
  ['card testing attack flagged', 'INC-2026-0711'],
])('"%s" finds %s first', async (query, id) => {
  const {
    hits: [first],
  } = await knowledge.search({ query, docType: 'incident' });
  expect(first?.incident_id).toBe(id);
});

test.each(ALERT_TYPES)('the %s strategy asks for a section on causes and gets it', async (strategy) => {
  const { runbooks: query } = searchQueries(strategy, [alert(strategy)]);
  const { hits } = await knowledge.search({ query, docType: 'runbook', alertType: strategy, limit: 6 });
  const expected = {
    model_drift: 'runbook_model_drift.md#section-3-2',
    data_quality: 'runbook_data_quality.md#section-3-2',
    latency: 'runbook_latency_spike.md#section-3-2',
    accuracy_drop: 'runbook_model_drift.md#section-3-3',
    anomaly_spike: 'runbook_anomaly_spike.md#section-3-2',
  }[strategy];
  expect(hits.map(({ file, anchor }) => `${file}#${anchor}`)).toContain(expected);
});
