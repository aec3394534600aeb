import { inspect } from 'node:util';

/** What was thrown, as text. Anything can be thrown, also what throws when it is printed. */
export function reasonOf(error: unknown): string {
  try {
    const reason: unknown = error instanceof Error ? error.message : error;
    return typeof reason === 'string' ? reason : inspect(reason);
  } catch {
    return 'it threw something that cannot be printed';
  }
}
