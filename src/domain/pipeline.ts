const FINE = /^(ok|success|succeeded|complete|completed|done|passed)$/i;

/** Whether a pipeline's word for how a run ended means that it went well. Platforms use different words. */
export const isSuccess = (status: string): boolean => FINE.test(status);
