import type { ModelDatabase } from '../model-database.ts';
import type { Trainer } from '../training.ts';

/** A model as the routes work on it. */
export interface ServedModel {
  database: ModelDatabase;
  trainer: Trainer;
}
