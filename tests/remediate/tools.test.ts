import { expect, test } from '@jest/globals';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { remediateActivities } from '../../activities/remediate/index.ts';
import type { OutgoingMessage } from '../../src/domain/messages.ts';
import { policy } from '../investigate/fixtures.ts';
import { sampleApproval } from '../store/samples.ts';
import { world } from '../support/world.ts';

const { platform, state } = world(Date.parse('2026-11-23T12:00:00.000Z'), { seed: 1, trainingRows: 10 });
const sent: OutgoingMessage[] = [];
const tools = remediateActivities({
  platform,
  connectors: {
    async send(message) {
      sent.push(message);
      return { ref: 'outbox-1', status: 'recorded', url: null };
    },
  },
  policy: () => policy,
  publicUrl: 'http://127.0.0.1:7070',
});
const env = new MockActivityEnvironment(undefined, { logger: new DefaultLogger('ERROR') });

test('model_status never names the version that was rolled back as the one to go back to', async () => {
  const log = (kind: 'deploy' | 'rollback', from: string | null, to: string) => ({
    at: '2026-11-23T10:00:00.000Z',
    kind,
    from,
    to,
    by: 'ci',
    incident: null,
    reason: '',
  });
  state.info.versions = ['v1', 'v2', 'v3'].map((version) => ({ ...state.info.versions[0]!, version }));
  state.info.active_version = 'v2';
  state.deployments = [log('deploy', null, 'v1'), log('deploy', 'v1', 'v2'), log('deploy', 'v2', 'v3')];
  state.deployments.push(log('rollback', 'v3', 'v2'));
  const status = () => env.run(tools.model_status, 'classifier');
  expect(await status()).toMatchObject({ activeVersion: 'v2', previousVersion: 'v1' });
  state.info.versions = state.info.versions.filter(({ version }) => version !== 'v1');
  expect(await status()).toMatchObject({ activeVersion: 'v2', previousVersion: null });
});

test('an approval reaches Slack with lines that run as they are', async () => {
  const approval = sampleApproval();
  await env.run(tools.request_human_approval, {
    incidentId: 'INC-2026-0228',
    component: 'classifier',
    approval,
  });
  expect(sent[0]!.body).toContain(`\nnpx agentops approve INC-2026-0228 ${approval.approval_id}\n`);
  expect(sent[0]!.body).toContain(`\nnpx agentops deny INC-2026-0228 ${approval.approval_id} --reason "…"\n`);
});
