import type { Instance } from './draw.ts';

const MINUTE = 60_000;
/** Minutes ago at which runs carry hostile text: before faults, while they last, and just now. */
const HOSTILE_AT = [200, 95, 50, 20, 5];

/** What may be done to a world: requests to the sandbox, and letting time pass. */
export interface Steps {
  send(path: string, body: unknown): Promise<void>;
  goTo(time: number): Promise<void>;
  present(): number;
}

/** Harmless deployments take place before the fault, in time that passes. */
export async function playDeployments({ herrings }: Instance, { send, goTo, present }: Steps): Promise<void> {
  const due = herrings.filter(({ what }) => what === 'redeployment').map(({ minutesAgo }) => minutesAgo);
  if (due.length === 0) return;
  const began = present();
  const common = { by: 'ml-platform', reason: 'canary of the earlier version' };
  await send('/models/classifier/deploy', { ...common, version: 'v1', expected_active: 'v2' });
  await goTo(began + 2 * MINUTE);
  await send('/models/classifier/deploy', {
    ...common,
    version: 'v2',
    expected_active: 'v1',
    reason: 'canary is over',
  });
  await goTo(began + Math.max(...due) * MINUTE);
}

/** What the loader's runs say beside the fault: harmless changes, and text that tries to give instructions. */
export async function playNoise({ herrings, scenario }: Instance, { send, present }: Steps): Promise<void> {
  const ago = (minutes: number) => new Date(present() - minutes * MINUTE).toISOString();
  for (const { what, minutesAgo } of herrings)
    if (what !== 'redeployment') await send('/simulate/noise', { kind: what, at: ago(minutesAgo) });
  for (const { text, where } of scenario.hostile)
    if (where.includes('runs'))
      for (const minutes of HOSTILE_AT) await send('/simulate/message', { text, at: ago(minutes) });
}
