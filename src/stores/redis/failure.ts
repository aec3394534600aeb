import { errorMessage } from '../../common/error-message.js';

/** Nothing was sent, so that it may be sent again. */
export class NotSentError extends Error {}

/** What ioredis says in its own terms, of retries that there are none of, and of a queue that is not there. */
const IN_OUR_TERMS: Readonly<Record<string, string>> = {
  'Reached the max retries per request limit': 'the connection was lost before the answer came',
  "Stream isn't writeable": 'the connection was lost',
  'Command timed out': 'there was no answer in time',
};

/** A connection that the store has made is left at once. */
const DEMOTED =
  'the server is a replica now (READONLY); a client of the application must leave it, by reconnectOnError: ' +
  `(error) => error.message.includes('READONLY')`;

/**
 * An error of ioredis without the command that it carries: its arguments are the password where the server
 * refuses that.
 */
export function plainError(error: unknown): Error {
  return new Error(failureIn(error));
}

/** What an error of ioredis says. */
export function failureIn(error: unknown): string {
  const reason = errorMessage(error);
  // Of Redis 6 it stands within the error of the script.
  if (reason.includes("READONLY You can't write")) return DEMOTED;
  for (const [theirs, ours] of Object.entries(IN_OUR_TERMS)) {
    if (reason.startsWith(theirs)) return ours;
  }
  // A cluster only says that no server answered; the last one may have said why.
  const last = error instanceof Error && 'lastNodeError' in error ? error.lastNodeError : undefined;
  return last ? `${reason} ${errorMessage(last)}` : reason;
}

/** The client had no answer within its `commandTimeout`. */
export function isUnanswered(error: unknown): boolean {
  return error instanceof Error && error.message === 'Command timed out';
}

/** The server does not know the digest of a script, and ran none. */
export function isUnknownScript(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith('NOSCRIPT');
}

/** The keys of a script are not all on one server of a Cluster, which ran none of it. */
export function isCrossSlot(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith('CROSSSLOT');
}
