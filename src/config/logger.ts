import { type Logger, pino } from 'pino';
import type { Config } from './config.ts';

/** The log of one process: JSON lines on stdout, one name a process. */
export function createLogger(name: string, config: Pick<Config, 'logLevel'>): Logger {
  return pino({ name, level: config.logLevel });
}
