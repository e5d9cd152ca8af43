/** One call of the language model, for the trace. */
export interface ModelCall {
  model: string;
  /** Name and version of the prompt: `diagnose@1`. */
  prompt: string;
  /** `used`: its answer is the diagnosis. `asked`: it wants more evidence. The others led to a repair or to the rules. */
  outcome:
    | 'used'
    | 'asked'
    | 'faulty'
    | 'bad_output'
    | 'timed_out'
    | 'unreachable'
    | 'model_missing'
    | 'failed';
  /** One sentence: what was wrong, or what it wants. At most 200 characters. */
  detail: string;
  tokens_in: number | null;
  tokens_out: number | null;
  ms: number;
}
