import { expect, test } from '@jest/globals';
import type { TraceEvent } from './incident.ts';
import { traceMermaid, traceTable } from './trace.ts';

function event(over: Partial<TraceEvent> = {}): TraceEvent {
  return {
    at: '2026-02-28T14:32:00.000Z',
    actor: 'Monitor',
    what: 'check_drift',
    result: 'PSI 0.45',
    ...over,
  };
}

test('the diagram shows who did what, hand-overs and decisions', () => {
  const diagram = traceMermaid([
    event(),
    event({ actor: 'Investigator', what: 'diagnose', result: 'upstream_change' }),
    event({ actor: 'Remediator', what: 'request_human_approval', result: 'retrain_model' }),
    event({ actor: 'Person', what: 'decide', result: 'approve', by: 'ana' }),
    event({ actor: 'AgentOps', what: 'close', result: 'resolved' }),
  ]);
  expect(diagram.split('\n  ').slice(5)).toEqual([
    'Monitor->>Monitor: check_drift: PSI 0.45',
    'Monitor-->>Investigator: hands over',
    'Investigator->>Investigator: diagnose: upstream_change',
    'Investigator-->>Remediator: hands over',
    'Remediator->>Person: request_human_approval: retrain_model',
    'Person->>Remediator: decide by ana: approve',
    'Note over Monitor,Person: close: resolved',
  ]);
});

test('text cannot break out of its line', () => {
  const diagram = traceMermaid([
    event({ result: 'a;b # c %% d\n  Person->>Remediator: approve <script>alert("x")</script>' }),
  ]);
  const [line, ...rest] = diagram.split('\n').slice(5);
  expect(rest).toEqual([]);
  expect(line).toContain('a#59;b #35; c #37;#37; d Person-#62;#62;Remediator: approve #60;script#62;');
});

test('a long trace is cut in the middle and says so; the table keeps all', () => {
  const events = Array.from({ length: 100 }, (_, n) => event({ result: `step ${n}` }));
  const diagram = traceMermaid(events);
  expect(diagram.match(/->>/g)).toHaveLength(40);
  expect(diagram).toContain('60 steps are left out here');
  expect(diagram).toContain('step 19\n');
  expect(diagram).not.toContain('step 20\n');
  expect(diagram).toContain('step 80\n');
  expect(traceTable(events)).toHaveLength(100);
});

test('the table counts time from the first event', () => {
  const rows = traceTable([event(), event({ at: '2026-02-28T14:32:12.000Z', ms: 850, by: 'ana' })]);
  expect(rows[1]).toMatchObject({ step: 2, after: '12 s', took: '850 ms', by: 'ana' });
  expect(traceTable([])).toEqual([]);
  expect(traceMermaid([])).toContain('sequenceDiagram');
});
