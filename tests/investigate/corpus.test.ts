import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { ALERT_TYPES } from '../../src/domain/alert.ts';
import { Policy } from '../../src/domain/policy/policy.ts';
import { searchQueries } from '../../src/domain/strategy.ts';
import { CRITICAL_AT } from '../../src/domain/triggers/severity.ts';
import { IncidentMeta, RunbookMeta, splitFrontMatter } from '../../src/knowledge/documents/front-matter.ts';
import { readDocument } from '../../src/knowledge/documents/markdown.ts';
import { createKnowledge } from '../../src/knowledge/sqlite/index.ts';
import { CAUSES, categoriesOf } from '../../src/reasoning/causes/index.ts';
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
    for (const part of [
      'Timeline',
      'Root cause',
      'What misled people',
      'Resolution',
      'Lessons',
      'Similar incidents',
    ])
      expect(body).toContain(`## ${part}`);
    const lines = content.trimEnd().split('\n').length;
    expect(lines).toBeGreaterThanOrEqual(50);
    expect(lines).toBeLessThanOrEqual(100);
    return meta;
  });
  expect(new Set(metas.map(({ category }) => category))).toEqual(new Set(categoriesOf()));
  expect(new Set(metas.flatMap(({ alert_types }) => alert_types))).toEqual(new Set(ALERT_TYPES));
});

test('each incident names those it is taken for, and they exist', () => {
  const ids = new Set(incidents.map(({ content }) => /incident_id: (\S+)/.exec(content)![1]!));
  for (const { file, content } of incidents) {
    const own = /incident_id: (\S+)/.exec(content)![1];
    const alike = /## Similar incidents\n([\s\S]*?)\n## /.exec(content)![1]!.match(/INC-\d{4}-\d{4}/g) ?? [];
    expect({ file, others: alike.filter((id) => id !== own).length }).toEqual({ file, others: alike.length });
    expect(alike.length).toBeGreaterThanOrEqual(1);
  }
  for (const { file, content } of [...runbooks, ...incidents])
    for (const [id] of content.matchAll(/INC-\d{4}-\d{4}/g))
      if (id !== 'INC-2026-1123') expect({ file, id, known: ids.has(id) }).toEqual({ file, id, known: true });
});

test('thresholds in the runbooks are those of the policy', () => {
  const { thresholds, gate, verify, approvals, poll } = Policy.parse({ components: {} });
  const { model_drift: drift, data_quality: quality, latency, anomaly_spike: spike } = thresholds;
  const clear = poll.clear_below;
  const percent = (share: number) => `${Number((share * 100).toFixed(1))} %`;
  const text = (value: string | number) =>
    typeof value === 'number' ? String(Number(value.toFixed(4))) : value;
  const thousands = (n: number) => n.toLocaleString('en-US');
  const said: Record<string, (string | number)[][]> = {
    model_drift: [
      [
        'aggregate PSI',
        drift.aggregate_psi,
        drift.aggregate_psi * CRITICAL_AT.model_drift,
        drift.aggregate_psi * clear,
      ],
      ['PSI of one feature', percent(drift.feature_importance), drift.feature_psi, drift.feature_psi * clear],
      ['F1 against', percent(thresholds.accuracy_drop.relative_drop), thresholds.accuracy_drop.min_positives],
    ],
    data_quality: [
      ['max(null rate', percent(quality.bad_share), percent(quality.bad_share * CRITICAL_AT.data_quality)],
      [
        'records against',
        percent(quality.volume_low),
        percent(quality.volume_high),
        percent(quality.volume_low / clear),
      ],
    ],
    latency_spike: [
      ['p99 of prediction', ...[1, CRITICAL_AT.latency, clear].map((by) => thousands(latency.p99_ms * by))],
    ],
    anomaly_spike: [['share flagged', spike.min_samples, spike.points * 100, spike.points * 100 * clear]],
    retraining: [['**Rows**', thousands(gate.min_training_rows), thousands(gate.min_holdout_positives)]],
    incident_response: [['approval opens', `${approvals.tier_timeout / 60_000} min`]],
  };
  for (const [name, rows] of Object.entries(said)) {
    const { content } = runbooks.find(({ file }) => file === `runbook_${name}.md`)!;
    for (const [start, ...values] of rows) {
      const line = content.split('\n').find((each) => each.includes(text(start!)));
      for (const value of values)
        expect({ name, start, line }).toHaveProperty('line', expect.stringContaining(text(value)));
    }
  }
  const worked = runbooks.find(({ file }) => file === 'runbook_model_drift.md')!.content;
  expect(worked).toContain(`over at least ${verify.min_positives} labelled positives`);
});

test('sections that the text or a cause points at exist', () => {
  const links = CAUSES.flatMap(({ sections }) => sections.map((section) => section.split('#')));
  expect(links.length).toBeGreaterThan(5);
  for (const [file, anchor] of links)
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
