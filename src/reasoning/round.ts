import type { DiagnoseInput } from './case-file.ts';
import type { Cause } from './causes/cause.ts';
import type { ModelSettings } from './model/ollama.ts';

/** What one round of reasoning is given. */
export interface Round {
  input: DiagnoseInput;
  /** The causes that can be named; by default all. */
  causes?: readonly Cause[];
  /** Null: the rules diagnose. */
  model: ModelSettings | null;
  /** Whether the model may ask for more evidence instead of answering. */
  mayAsk: boolean;
  /** Cancels; its reason is thrown. */
  signal?: AbortSignal | undefined;
  /** Receives the length of the answer while it comes in, in characters. */
  onProgress?: (characters: number) => void;
}
