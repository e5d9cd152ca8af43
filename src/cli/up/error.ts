/** `up` cannot go on; the message is one line that says what to do. */
export class UpError extends Error {
  override name = 'UpError';
}
