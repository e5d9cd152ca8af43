import { Context } from '@temporalio/activity';

/** The running activity's cancellation, so that a cancelled tool stops its query; undefined outside a worker. */
export function cancellation(): AbortSignal | undefined {
  try {
    return Context.current().cancellationSignal;
  } catch {
    return undefined;
  }
}
