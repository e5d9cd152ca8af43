// Run by sdk-download.ts in a process that can be given up: has the SDK download a server, and stops that server again.
import { TestWorkflowEnvironment } from '@temporalio/testing';

const [binary, downloadDir] = process.argv.slice(2);
const server = { executable: { type: 'cached-download', downloadDir } } as const;
try {
  const environment =
    binary === 'temporal'
      ? await TestWorkflowEnvironment.createLocal({ server })
      : await TestWorkflowEnvironment.createTimeSkipping({ server });
  await environment.teardown();
} catch (error) {
  // The message repeats its parts and a long URL: "a: b for url (…): b for url (…): c" becomes "a: b: c".
  const parts = (error as Error).message.replaceAll(/ for url \(\S*\)/g, '').split(/:\s+/);
  process.stderr.write(`${[...new Set(parts)].join(': ')}\n`);
  process.exitCode = 1;
}
