import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { fakesnowPython } from './fakesnow.ts';

/** Functions of Snowflake that the parser has no class for. */
const KNOWN = ['IS_NULL_VALUE', 'TASK_HISTORY', 'TO_TIMESTAMP_NTZ'];

/** What sqlglot finds wrong with each text as one statement of Snowflake's, and the functions it does not know. */
export async function judge(
  texts: readonly string[],
): Promise<{ problem: string | null; unknown: string[] }[]> {
  const script = join(import.meta.dirname, 'parse_snowflake.py');
  const asked = promisify(execFile)(await fakesnowPython(), [script], { maxBuffer: 64_000_000 });
  asked.child.stdin!.end(JSON.stringify(texts));
  return JSON.parse((await asked).stdout);
}

/** Those texts that are not Snowflake's SQL; `EXECUTE TASK` alone the parser does not know. */
export async function faultsIn(texts: readonly string[]) {
  const judged = await judge(texts);
  return texts.flatMap((sql, i) => {
    const { problem, unknown } = judged[i]!;
    const functions = unknown.filter((name) => !KNOWN.includes(name));
    const bad = problem !== null && !sql.startsWith('EXECUTE TASK ');
    return bad || functions.length > 0 ? [{ sql, problem, functions }] : [];
  });
}
