import { ApplicationFailure } from '@temporalio/activity';
import { PlatformError } from '../src/platform/port.ts';
import { WarehouseError } from '../src/warehouse/port.ts';

/**
 * Runs an activity's work and turns an error that trying again cannot mend (a 4xx, a refused login, a wrong statement) into
 * a failure that Temporal does not retry.
 */
export async function permanentErrorsFail<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if ((error instanceof WarehouseError || error instanceof PlatformError) && error.permanent) {
      throw ApplicationFailure.create({
        message: error.message,
        type: error.name,
        nonRetryable: true,
        cause: error,
      });
    }
    throw error;
  }
}
