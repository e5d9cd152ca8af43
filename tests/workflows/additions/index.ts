/** The workflows as they are, over the tables with what was added. */
import './entries.ts';

export * from '../../../workflows/index.ts';
