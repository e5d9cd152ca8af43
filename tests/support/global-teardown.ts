import { rm } from 'node:fs/promises';

export default async function globalTeardown(): Promise<void> {
  await rm(process.env.AGENTOPS_TEST_RUN_DIR!, { recursive: true, force: true, maxRetries: 5 });
}
