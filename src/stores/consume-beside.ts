import { type ConsumeResult, REVOKED_COUNT } from './tempid-store.js';

/**
 * One use of a token whose scopes are asked beside its count, where one command cannot do both. A use that the
 * count allowed is given back unless the scopes are known to let the token go on.
 *
 * @param look whether what was revoked of its scopes ends the token
 */
export async function consumeBeside(
  look: Promise<boolean>,
  spend: Promise<ConsumeResult>,
  refund: () => Promise<void>,
): Promise<ConsumeResult> {
  const [looked, spent] = await Promise.allSettled([look, spend]);
  const isEnded = looked.status === 'rejected' || looked.value;
  if (isEnded && spent.status === 'fulfilled' && spent.value.allowed) await refund();
  if (looked.status === 'rejected') throw looked.reason;
  if (looked.value) return { allowed: false, used: REVOKED_COUNT };
  if (spent.status === 'rejected') throw spent.reason;
  return spent.value;
}
