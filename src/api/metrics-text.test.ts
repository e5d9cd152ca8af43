import { expect, test } from '@jest/globals';
import { metricsText } from './metrics-text.ts';

test('families are written with help, type and samples; labels and help are escaped', async () => {
  const text = await metricsText([
    {
      name: 'agentops_polls_failed_total',
      help: 'Two\nlines and a \\.',
      type: 'counter',
      samples: [
        { labels: { group: 'a "quoted" \\ name\n', tool: 'x' }, value: 3 },
        { labels: { group: 'b', tool: 'x' }, value: 0.25 },
      ],
    },
    { name: 'agentops_up', help: 'Up.', type: 'gauge', samples: [{ value: 1 }] },
  ]);
  expect(text.split('\n').filter(Boolean)).toEqual([
    '# HELP agentops_polls_failed_total Two\\nlines and a \\\\.',
    '# TYPE agentops_polls_failed_total counter',
    'agentops_polls_failed_total{group="a \\"quoted\\" \\\\ name\\n",tool="x"} 3',
    'agentops_polls_failed_total{group="b",tool="x"} 0.25',
    '# HELP agentops_up Up.',
    '# TYPE agentops_up gauge',
    'agentops_up 1',
  ]);
});

test('a family without samples is left out, and infinities are written as Prometheus does', async () => {
  const one = async (value: number) =>
    (await metricsText([{ name: 'x', help: 'X.', type: 'gauge', samples: [{ value }] }])).split('\n')[2];
  const none = await metricsText([{ name: 'x', help: 'X.', type: 'gauge', samples: [] }]);
  expect(none.trim()).toBe('');
  const values = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1e21, Number.NaN];
  const [up, down, large, nan] = await Promise.all(values.map(one));
  expect([up, down, large]).toEqual(['x +Inf', 'x -Inf', 'x 1e+21']);
  // Prometheus reads it in any case of letters.
  expect(nan).toMatch(/^x nan$/i);
});
