import { z } from 'zod';
import { ComponentName } from '../alert.ts';
import { Duration } from '../duration.ts';
import { nearest } from '../nearest.ts';

export const share = z.number().min(0).max(1);
export const positiveShare = share.positive();
export const count = z.number().int().positive();
export const interval = Duration.pipe(z.number().min(1_000, 'expected at least 1s'));

/** An object that refuses keys it does not know, and says which known one is nearest. */
export function section<Shape extends z.ZodRawShape>(shape: Shape) {
  const known = Object.keys(shape);
  return z.strictObject(shape, {
    error: (issue) => {
      if (issue.code !== 'unrecognized_keys') return undefined;
      const key = issue.keys[0]!;
      const meant = nearest(key, known);
      return `unknown key "${key}"${meant ? `, did you mean "${meant}"?` : ''} expected ${known.join(', ')}`;
    },
  });
}

/** Values by name, and no others: an alert may name `constructor`, which every ordinary object has. */
export function byName<Value extends z.ZodType>(value: Value) {
  return z
    .record(ComponentName, value)
    .transform((given): typeof given => Object.assign(Object.create(null), given));
}
