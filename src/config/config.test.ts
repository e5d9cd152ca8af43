import { expect, test } from '@jest/globals';
import { readConfig } from './config.ts';

test('an address with a password is refused, and the password is not repeated', () => {
  const read = () => readConfig({ AGENTOPS_OLLAMA_URL: 'http://bob:s3cret@127.0.0.1:11434' });
  expect(read).toThrow(/AGENTOPS_OLLAMA_URL: expected http:.* got "http:\/\/…@127\.0\.0\.1:11434"/);
  expect(read).not.toThrow(/s3cret/);
});

test('a model has at most two minutes, and off means that none is asked', () => {
  expect(() => readConfig({ AGENTOPS_OLLAMA_TIMEOUT: '10m' })).toThrow('at most 2m');
  expect(readConfig({ AGENTOPS_OLLAMA_TIMEOUT: '90s' }).ollama?.timeoutMs).toBe(90_000);
  expect(readConfig({ AGENTOPS_OLLAMA_URL: 'off' }).ollama).toBeNull();
  expect(readConfig({ AGENTOPS_EMBEDDER_DIR: 'off' }).knowledge).toMatchObject({
    vectors: false,
    embedderDir: null,
  });
});
