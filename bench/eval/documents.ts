import type { Knowledge } from '../../src/knowledge/port.ts';
import { createKnowledge } from '../../src/knowledge/sqlite/index.ts';
import type { Instance } from './draw.ts';

/** The project's own documents, found by their words: which one is found must not depend on a model that may be there or not. */
async function ownDocuments(): Promise<Knowledge> {
  const knowledge = createKnowledge(':memory:');
  await knowledge.ingest(['runbooks', 'incidents']);
  return knowledge;
}

const RUNBOOK = (text: string) => `---
title: Model drift, accuracy, latency, data quality and spikes
doc_type: runbook
alert_types: []
components: []
updated: 2026-11-01
---
# Model drift, accuracy, latency, data quality and spikes

## 1. What causes high drift, a fall of F1, high latency or a spike of flagged predictions

${text}
`;

const INCIDENT = (text: string) => `---
title: Drift, fall of F1, high latency and flagged predictions
doc_type: incident
incident_id: INC-2026-1101
date: 2026-11-01
alert_types: [model_drift, data_quality, latency, accuracy_drop, anomaly_spike]
category: unknown
component: classifier
severity: critical
duration_minutes: 5
---
# INC-2026-1101: Drift, fall of F1, high latency and flagged predictions

## Root cause

${text}
`;

/** What the Investigator searches: one index for all, and one of its own for an instance with hostile documents. */
export class Documents {
  readonly #shared = ownDocuments();

  /** Runs `use` with the index of an instance. */
  async with<T>(instance: Instance, use: (knowledge: Knowledge) => Promise<T>): Promise<T> {
    const written = (where: 'runbook' | 'incident') =>
      instance.scenario.hostile.filter((item) => item.where.includes(where)).map(({ text }) => text);
    const [runbook, incident] = [written('runbook'), written('incident')];
    if (runbook.length + incident.length === 0) return use(await this.#shared);
    const knowledge = await ownDocuments();
    try {
      if (runbook.length > 0) await knowledge.put('runbook_of_others.md', RUNBOOK(runbook.join('\n\n')));
      if (incident.length > 0) await knowledge.put('inc_of_others.md', INCIDENT(incident.join('\n\n')));
      return await use(knowledge);
    } finally {
      knowledge.close();
    }
  }

  async close(): Promise<void> {
    (await this.#shared).close();
  }
}
