export default {
  transform: {},
  extensionsToTreatAsEsm: ['.ts'],
  testMatch: ['<rootDir>/{src,workflows,activities,temporal,tests}/**/*.test.ts'],
  testPathIgnorePatterns: process.env.AGENTOPS_TEST_FULL ? [] : ['\\.full\\.test\\.ts$'],
  globalSetup: '<rootDir>/tests/support/global-setup.ts',
  globalTeardown: '<rootDir>/tests/support/global-teardown.ts',
  testEnvironment: '<rootDir>/tests/support/environment.ts',
  testTimeout: 180_000,
  // One more than the cores of a small machine: several files mostly wait for servers.
  maxWorkers: 3,
};
