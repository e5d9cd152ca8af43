export default {
  transform: {},
  extensionsToTreatAsEsm: ['.ts'],
  testMatch: ['<rootDir>/{src,workflows,activities,temporal,tests}/**/*.test.ts'],
  testPathIgnorePatterns: process.env.AGENTOPS_TEST_FULL ? [] : ['\\.full\\.test\\.ts$'],
  globalSetup: '<rootDir>/tests/support/global-setup.ts',
  globalTeardown: '<rootDir>/tests/support/global-teardown.ts',
  testEnvironment: '<rootDir>/tests/support/environment.ts',
  testTimeout: 180_000,
  maxWorkers: 2,
};
