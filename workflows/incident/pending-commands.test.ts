import { expect, test } from '@jest/globals';
import { OperatorCommands } from './pending-commands.ts';

const opened = () => new OperatorCommands({ expected: null, command: null, closing: null }, []);

test('continue and skip are obeyed for the waiting step alone, and taken once', () => {
  const desk = opened();
  expect(desk.rejectionOf({ command: 'continue', by: 'Ana' })?.message).toContain('nothing waits');
  desk.expect('retrain.1.abc');
  expect(desk.operate({ command: 'continue', stepId: 'retrain.1.old', by: 'Ana' }).outcome).toBe('recorded');
  expect(desk.command).toBeNull();
  expect(desk.operate({ command: 'skip', stepId: 'retrain.1.abc', by: 'Ana' }).outcome).toBe('accepted');
  expect(desk.take()).toBe('skip');
  expect(desk.take()).toBeNull();
  expect(desk.rejectionOf({ command: 'skip', stepId: 'retrain.1.abc', by: 'Ana' })?.type).toBe('StaleStep');
});

test('what was asked before a reset is not obeyed after it', () => {
  const desk = opened();
  desk.expect('retrain.1.abc');
  desk.forget();
  expect(desk.operate({ command: 'continue', stepId: 'retrain.1.abc', by: 'Ana' }).outcome).toBe('recorded');
});

test('a command with an id is applied once', () => {
  const desk = opened();
  desk.operate({ command: 'close', by: 'Ana', reason: 'done', operationId: 'o1' });
  expect(desk.takeClosing()).toBe('closed by Ana: done');
  expect(desk.operate({ command: 'close', by: 'Ana', reason: 'done', operationId: 'o1' }).outcome).toBe(
    'accepted',
  );
  expect(desk.takeClosing()).toBeNull();
});
