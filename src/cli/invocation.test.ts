import { resolve } from 'node:path';
import { expect, test } from '@jest/globals';
import { readConfig } from '../config/config.ts';
import { shellWord, typedCommand, typedPath } from './invocation.ts';

const typed = (env: Record<string, string>) => typedCommand(readConfig(env));

test('a command is typed with the variables that are not at their default, and no others', () => {
  expect(typed({})).toBe('npx agentops');
  expect(typed({ AGENTOPS_DIR: '.agentops/demo' })).toBe('AGENTOPS_DIR=.agentops/demo npx agentops');
  expect(typed({ AGENTOPS_PORT: '7100' })).toBe('AGENTOPS_URL=http://127.0.0.1:7100 npx agentops');
  expect(typed({ AGENTOPS_DIR: '/var/ops', AGENTOPS_PORT: '7100', AGENTOPS_BIND: '0.0.0.0' })).toBe(
    'AGENTOPS_DIR=/var/ops AGENTOPS_URL=http://127.0.0.1:7100 npx agentops',
  );
  expect(typed({ AGENTOPS_BIND: '10.0.0.7' })).toBe('AGENTOPS_BIND=10.0.0.7 AGENTOPS_PORT=7070 npx agentops');
});

test('only what the shell would take apart is quoted', () => {
  expect(shellWord('/tmp/agentops-1_x')).toBe('/tmp/agentops-1_x');
  expect(shellWord("it's mine")).toBe("'it'\\''s mine'");
  expect(typedPath(resolve('.agentops'))).toBe('.agentops');
  expect(typedPath('/my data/x')).toBe("'/my data/x'");
});
