import { expect, test } from '@jest/globals';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { remediateActivities } from '../../activities/remediate/index.ts';
import type { ComponentStatus } from '../../src/domain/component-status.ts';
import type { OutgoingMessage } from '../../src/domain/messages.ts';
import { policy } from '../investigate/fixtures.ts';
import { sampleAsked } from '../store/samples.ts';
import { platformsOver, policiesOf } from '../support/memory-platform.ts';
import { world } from '../support/world.ts';

const { platform, state } = world(Date.parse('2026-11-23T12:00:00.000Z'), { seed: 1, trainingRows: 10 });
const sent: OutgoingMessage[] = [];
const tools = remediateActivities({
  platforms: platformsOver(platform),
  connectors: {
    async send(message) {
      sent.push(message);
      return { ref: 'outbox-1', status: 'recorded', url: null };
    },
  },
  policies: policiesOf(policy),
  publicUrl: 'http://127.0.0.1:7070',
});
const env = new MockActivityEnvironment(undefined, { logger: new DefaultLogger('ERROR') });
const params = {
  system: { name: 'platform', address: 'http://127.0.0.1:9' },
  model: 'classifier',
  version: 'v1',
  expectedActive: 'v2',
  reason: 'INC-2026-1123: upstream_change',
};

test('component_status never names the version that was rolled back as the one to go back to', async () => {
  const log = (kind: 'deploy' | 'rollback', from: string | null, to: string) => ({
    at: '2026-11-23T10:00:00.000Z',
    kind,
    from,
    to,
    by: 'ci',
    incident: null,
    reason: '',
  });
  const { info } = state;
  info.versions = ['v1', 'v2', 'v3'].map((version) => ({ ...info.versions[0]!, version }));
  info.active_version = 'v2';
  info.deployments = [log('deploy', null, 'v1'), log('deploy', 'v1', 'v2'), log('deploy', 'v2', 'v3')];
  info.deployments.push(log('rollback', 'v3', 'v2'));
  const request = { component: 'classifier', policy: 'p1', needs: ['registry'] as const };
  const status = async () => ((await env.run(tools.component_status, request)) as ComponentStatus).registry;
  expect(await status()).toMatchObject({ activeVersion: 'v2', previousVersion: 'v1' });
  info.versions = info.versions.filter(({ version }) => version !== 'v1');
  expect(await status()).toMatchObject({ activeVersion: 'v2', previousVersion: null });
});

test('a system that policy has moved since the card is not called', async () => {
  const request = { incidentId: 'INC-2026-1123', component: 'classifier', key: 'k', params };
  await expect(env.run(tools.deploy_model, request)).rejects.toMatchObject({
    type: 'SystemChanged',
    nonRetryable: true,
    message: expect.stringMatching(/card was for platform at http:\/\/127\.0\.0\.1:9.*nothing was sent/),
  });
});

test('an approval reaches Slack with lines that run as they are', async () => {
  const action = sampleAsked();
  await env.run(tools.request_human_approval, {
    incidentId: 'INC-2026-0228',
    component: 'classifier',
    target: '#ml-alerts',
    action,
  });
  expect(sent[0]!.target).toBe('#ml-alerts');
  expect(sent[0]!.body).toContain('Action: trigger_retraining {"model":"classifier"');
  expect(sent[0]!.body).toContain('\nnpx agentops approve INC-2026-0228 abcd1234\n');
  expect(sent[0]!.body).toContain('\nnpx agentops deny INC-2026-0228 abcd1234 --reason "…"\n');
});
