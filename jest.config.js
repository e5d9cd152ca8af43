export default {
  transform: {},
  extensionsToTreatAsEsm: ['.ts'],
  testMatch: ['<rootDir>/{src,workflows,activities,temporal,seed,tests}/**/*.test.ts'],
  testPathIgnorePatterns: process.env.AGENTOPS_TEST_FULL ? [] : ['\\.full\\.test\\.ts$'],
  testTimeout: 60_000,
  maxWorkers: 2,
};
