import { test } from '@jest/globals';
import { accept } from './accept.ts';

test('seed 1: an upstream change drifts, hurts and is trained away as designed', () => accept(1));
