import type { DiagnoseAnswer } from '../domain/reasoning.ts';
import { CAUSES, categoriesOf } from './causes/index.ts';
import { diagnoseByRules } from './diagnose-by-rules.ts';
import { groundedOnly } from './grounding/check.ts';
import type { Round } from './round.ts';

/**
 * One round of reasoning (design §4): by the model where one is configured, else by the rules. `calls` accounts for every call
 * of the model, used or not. The libraries that talk to a model are loaded when they are first needed.
 */
export async function reason(round: Round): Promise<DiagnoseAnswer> {
  const { input, causes = CAUSES, model } = round;
  if (!model) {
    const grounds = { ...input, categories: categoriesOf(causes) };
    return { diagnosis: groundedOnly(diagnoseByRules(input, causes), grounds), wanted: [], calls: [] };
  }
  const { reasonWithModel } = await import('./model/graph.ts');
  return await reasonWithModel({ ...round, model });
}
