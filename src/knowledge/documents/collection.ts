import { z } from 'zod';

/** The name of somebody's texts; it begins their citations, as in `team-a/kafka.md#section-2`. */
export const CollectionName = z
  .string()
  .regex(
    /^[A-Za-z0-9][\w.-]{0,62}$/,
    'expected 1 to 63 letters, digits, ".", "_" or "-", a letter or digit first',
  );

/** A text's path within its collection: relative, with "/", never out of it, and nothing that would break a citation. */
export const TextPath = z
  .string()
  .max(300)
  .refine(
    (path) =>
      /\.(md|txt)$/i.test(path) &&
      !/[\p{Cc}\\#]/u.test(path) &&
      path.split('/').every((part) => part !== '' && part !== '.' && part !== '..'),
    'expected a relative path without "#" or "\\" that ends in .md or .txt, such as kafka/lag.md',
  );
