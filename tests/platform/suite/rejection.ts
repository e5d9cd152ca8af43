import { expect } from '@jest/globals';
import { PlatformError } from '../../../src/platform/port.ts';

/** The PlatformError that a call is refused with, once and for all. */
export async function refusal(call: Promise<unknown>, status: number): Promise<PlatformError> {
  const error = await call.then(
    () => undefined,
    (caught: unknown) => caught,
  );
  expect(error).toBeInstanceOf(PlatformError);
  expect(error).toMatchObject({ status, permanent: true });
  return error as PlatformError;
}

/** A call that is given up before it is answered: rejects, and not for good. */
export async function givenUp(call: (signal: AbortSignal) => Promise<unknown>): Promise<void> {
  await expect(call(AbortSignal.abort())).rejects.toMatchObject({ name: 'PlatformError', permanent: false });
}

export const actor = { incident: 'INC-2026-0001', reason: 'the contract' };
