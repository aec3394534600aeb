import type { TempIDError } from './errors.js';
import { OnePerProcess } from './one-per-process.js';

/**
 * Why a token is bad, as a value: `verify` turns it into null, `verifyOrThrow` into its error. Garbage
 * is the commonest thing that is verified, and an Error with its stack costs more than the refusal.
 */
@OnePerProcess('Refusal')
export class Refusal {
  constructor(
    private readonly errorClass: new (message: string) => TempIDError,
    readonly reason: string,
  ) {}

  toError(): TempIDError {
    return new this.errorClass(this.reason);
  }
}
