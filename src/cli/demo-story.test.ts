import { expect, test } from '@jest/globals';
import { sampleAsked, sampleView } from '../../tests/store/samples.ts';
import { readConfig } from '../config/config.ts';
import type { ApiClient } from './api-client.ts';
import { DemoStory } from './demo-story.ts';

/** The API as the demo sees it: another component has the newest incident, the classifier's asks once and is then over. */
function played() {
  const mine = { incident_id: 'INC-2026-0228', actions: [sampleAsked()] };
  const other = sampleView({ incident_id: 'INC-2026-0228-2', component: 'payments', phase: 'closed' });
  const phases = ['remediate', 'cooldown'] as const;
  const looks: string[] = [];
  const posts: [string, unknown][] = [];
  const api = {
    get: async (path: string) => {
      if (path.includes('?')) return path.includes('component=classifier') ? [sampleView(mine)] : [other];
      looks.push(path);
      const incident = sampleView({ ...mine, phase: phases[looks.length - 1]! });
      return { incident, events: [], links: { temporal: 'http://temporal', evidence: '' } };
    },
    post: async (path: string, body: unknown) => {
      posts.push([path, body]);
      return { message: 'approved by admin' };
    },
  } as unknown as ApiClient;
  return { api, looks, posts };
}

const config = readConfig({ AGENTOPS_DIR: '.agentops/demo', AGENTOPS_PORT: '7100' });
const signal = new AbortController().signal;

test('the demo follows the incident of the component that it broke', async () => {
  const { api, looks, posts } = played();
  const story = new DemoStory({ api, say: () => {}, yes: true, config });
  expect((await story.follow(signal)).incident.component).toBe('classifier');
  expect(new Set(looks)).toEqual(new Set(['/api/incidents/INC-2026-0228']));
  expect(posts).toEqual([['/api/incidents/INC-2026-0228/approvals/abcd1234', { decision: 'approve' }]]);
});

test('what the demo prints for a decision works for its own directory and port', async () => {
  const { api, posts } = played();
  const said: string[] = [];
  await new DemoStory({ api, say: (text) => said.push(text), yes: false, config }).follow(signal);
  const text = said.join('\n');
  const prefix = 'AGENTOPS_DIR=.agentops/demo AGENTOPS_URL=http://127.0.0.1:7100';
  expect(posts).toEqual([]);
  expect(text).toContain(`\n  ${prefix} npx agentops approve abcd1234\n`);
  expect(text).toContain(
    'curl -sS http://127.0.0.1:7100/api/incidents/INC-2026-0228/approvals/abcd1234 -H "Authorization: Bearer $(cat .agentops/demo/admin-token)"',
  );
  // Nor does the card above show a line that would talk to another installation.
  expect(text.match(/npx agentops/g)).toHaveLength(
    text.match(new RegExp(`${prefix} npx agentops`, 'g'))!.length,
  );
});
