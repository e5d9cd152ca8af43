import type { Config } from '../../src/config/config.ts';
import type { Store } from '../../src/store/port.ts';

/** What answers to people's questions close over. They read what was collected and write to our own store alone. */
export interface AnswerDeps {
  store: Store;
  publicUrl: string;
  /** Null: answers are put together by rules, no model is asked. */
  model: Config['ollama'];
  now: () => Date;
}
