import type { TempID } from '../token/tempid.js';

/** Tokens in hand of which a use was spent that nobody answers for yet. */
const spent = new WeakSet<TempID<unknown>>();

export function noteSpent(token: TempID<unknown>): void {
  spent.add(token);
}

/** Whether a use was spent of the token that it was read as; whoever asks answers for it, and nobody else after. */
export function takeSpent(token: TempID<unknown>): boolean {
  return spent.delete(token);
}
