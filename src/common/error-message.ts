import { inspect } from 'node:util';

/**
 * What was thrown, as text, without the user and the password of an address in it. Anything can be thrown, also what
 * throws when it is printed.
 */
export function errorMessage(error: unknown): string {
  try {
    const { message, errors, code } = Object(error) as Record<string, unknown>;
    // Node's error for a name with several addresses has no message, and its reasons inside.
    const first: unknown = Array.isArray(errors) ? errors[0] : undefined;
    const reasons = [error, message, (Object(first) as Error).message, code];
    const reason = reasons.find((text) => typeof text === 'string' && text !== '');
    return withoutPassword(typeof reason === 'string' ? reason : inspect(error));
  } catch {
    return 'it threw something that cannot be printed';
  }
}

/** The error of a client that cannot read an address, such as for a slash in its password, holds all of it. */
function withoutPassword(text: string): string {
  return text.replaceAll(/\S+/g, (word) => {
    const start = word.indexOf('//');
    const end = word.lastIndexOf('@');
    return start === -1 || end < start ? word : `${word.slice(0, start)}//${word.slice(end + 1)}`;
  });
}
