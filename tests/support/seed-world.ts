import { mkdirSync } from 'node:fs';
import pino from 'pino';
import { openSeeded } from '../../src/sandbox/sandbox.ts';

/** `node seed-world.ts <settings as JSON>`: makes one seeded world. A process of its own, outside of Jest. */
const { now, ...settings } = JSON.parse(process.argv[2]!) as {
  dataDir: string;
  seed: number;
  trafficPerSecond: number;
  labelDelayMs: number;
  now: number | null;
};
mkdirSync(settings.dataDir, { recursive: true });
const database = await openSeeded(settings, () => now ?? Date.now(), pino({ level: 'silent' }));
await database.close();
