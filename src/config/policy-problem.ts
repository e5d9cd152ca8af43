import type { z } from 'zod';

/** Issues that one message names; the file is corrected and read again anyway. */
const NAMED = 5;
const LONGEST = 80;

/** What is wrong with a policy in one line: each field's path, what was expected and what came. */
export function policyProblem(issues: readonly z.core.$ZodIssue[], policy: unknown): string {
  const said = issues.slice(0, NAMED).map((issue) => say(issue, policy));
  const more = issues.length - said.length;
  return said.join('; ') + (more > 0 ? `; and ${more} more` : '');
}

function say(issue: z.core.$ZodIssue, policy: unknown): string {
  const where = issue.path.map(String).join('.') || 'the file';
  const message =
    issue.code === 'invalid_key' ? issue.issues.map((inner) => inner.message).join(', ') : issue.message;
  // Ours name it themselves, and an unknown key is not the value's fault.
  if (issue.code === 'custom' || issue.code === 'unrecognized_keys' || issue.code === 'invalid_key')
    return `${where}: ${message}`;
  const text = JSON.stringify(at(policy, issue.path)) ?? 'nothing';
  return `${where}: ${plain(message)}; got ${text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text}`;
}

function at(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (found, key) => (found as Record<PropertyKey, unknown> | null | undefined)?.[key],
    value,
  );
}

/** Without what zod says of the type that came: the value itself is named. */
function plain(message: string): string {
  return message.replace(/^(Invalid input|Too small|Too big): /, '').replace(/, received \w+$/, '');
}
