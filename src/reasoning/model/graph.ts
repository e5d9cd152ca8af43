import { Annotation, END, START, StateGraph } from '@langchain/langgraph';
import type { Diagnosis } from '../../domain/diagnosis.ts';
import type { ModelCall } from '../../domain/model-call.ts';
import type { DiagnoseAnswer, WantedEvidence } from '../../domain/reasoning.ts';
import { openCase } from '../case-file.ts';
import { CAUSES, categoriesOf } from '../causes/index.ts';
import { diagnoseByRules } from '../diagnose-by-rules.ts';
import { faultsOf, groundedOnly } from '../grounding/check.ts';
import type { Round } from '../round.ts';
import { diagnosisOf } from './draft.ts';
import { askModel, brief, ModelError, type ModelSettings, type Reply } from './ollama.ts';
import { firstPrompt, repairPrompt } from './prompts.ts';
import { type Ask, parseAnswer } from './schema.ts';

/** One repair, then the rules. */
const ATTEMPTS = 2;

const State = Annotation.Root({
  /** The last messages to the model. */
  user: Annotation<string[]>,
  attempts: Annotation<number>,
  reply: Annotation<Reply | null>,
  /** The faults of the reply. */
  faults: Annotation<string[]>,
  diagnosis: Annotation<Diagnosis | null>,
  wanted: Annotation<WantedEvidence[]>,
  calls: Annotation<ModelCall[]>,
});
type S = typeof State.State;

/**
 * A round with a model: draft → check → finish, or ask for more evidence, or repair once; else the rules diagnose from the
 * same evidence.
 */
export async function reasonWithModel(round: Round & { model: ModelSettings }): Promise<DiagnoseAnswer> {
  const { input, causes = CAUSES, model, mayAsk, signal, onProgress } = round;
  const grounds = { ...input, categories: categoriesOf(causes) };
  const c = openCase(input);
  const first = firstPrompt(c, mayAsk, causes);
  const deadline = AbortSignal.timeout(model.timeoutMs);

  const draft = async ({ user, attempts, calls }: S): Promise<Partial<S>> => {
    const asked = { ...first!, user };
    try {
      const progress = (text: string) => onProgress?.(text.length);
      const reply = await askModel(model, asked, { deadline, cancelled: signal }, progress);
      return { reply, attempts: attempts + 1 };
    } catch (error) {
      if (!(error instanceof ModelError)) throw error;
      const { outcome, message: detail, ms } = error;
      const call = { ...named(attempts), outcome, detail, tokens_in: null, tokens_out: null, ms };
      return { reply: null, calls: [...calls, call] };
    }
  };

  const named = (attempts: number) => ({
    model: model.model,
    prompt: attempts === 0 ? first!.prompt : repairPrompt.id,
  });

  const check = ({ reply, attempts, calls }: S): Partial<S> => {
    const { text, broken, ...spent } = reply!;
    const account = (outcome: ModelCall['outcome'], detail: string) => [
      ...calls,
      { ...named(attempts - 1), outcome, detail: brief(detail), ...spent },
    ];
    const parsed = broken ? { bad: [broken] } : parseAnswer(first!.schema, text);
    if ('bad' in parsed) return { faults: parsed.bad, calls: account('bad_output', parsed.bad.join('; ')) };
    if ('wanted' in parsed.answer) {
      const wanted = wantedOf(parsed.answer);
      const detail = `wants ${wanted.map(({ tool, query }) => (query ? `${tool} (${query})` : tool)).join(', ')}`;
      return { wanted, calls: account('asked', detail) };
    }
    const { diagnosis, faults: refused } = diagnosisOf(parsed.answer, c, model.model, causes);
    const faults = [...refused, ...faultsOf(diagnosis, grounds)];
    if (faults.length > 0) return { faults, calls: account('faulty', faults.join('; ')) };
    const detail = `${diagnosis.verdict} ${diagnosis.category}, ${diagnosis.claims.length} claims`;
    return { diagnosis, calls: account('used', detail) };
  };

  const repair = ({ reply, faults }: S): Partial<S> => ({
    user: [...first!.user, repairPrompt.of(reply!.text, faults)],
  });

  const rules = (): Partial<S> => ({ diagnosis: groundedOnly(diagnoseByRules(input, causes), grounds) });

  const graph = new StateGraph(State)
    .addNode('draft', draft)
    .addNode('check', check)
    .addNode('repair', repair)
    .addNode('rules', rules)
    .addConditionalEdges(START, () => (first ? 'draft' : 'rules'), ['draft', 'rules'])
    .addConditionalEdges('draft', ({ reply }: S) => (reply ? 'check' : 'rules'), ['check', 'rules'])
    .addConditionalEdges('check', afterCheck, ['repair', 'rules', END])
    .addEdge('repair', 'draft')
    .addEdge('rules', END)
    .compile();
  const { diagnosis, wanted, calls } = await graph.invoke({
    user: first?.user ?? [],
    attempts: 0,
    reply: null,
    faults: [],
    diagnosis: null,
    wanted: [],
    calls: [],
  });
  return { diagnosis, wanted, calls };
}

function afterCheck({ diagnosis, wanted, attempts }: S) {
  if (diagnosis || wanted.length > 0) return END;
  return attempts < ATTEMPTS ? 'repair' : 'rules';
}

/** Each tool or search once. Only the searches take a query. */
function wantedOf({ wanted }: Ask): WantedEvidence[] {
  const items = wanted.map(({ tool, query }) =>
    tool === 'search_runbooks' || tool === 'search_incidents' ? { tool, query: brief(query) } : { tool },
  );
  return [...new Map(items.map((item) => [JSON.stringify(item), item])).values()];
}
