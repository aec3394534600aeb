import type { Secret } from './secret.js';

/** What is derived from a secret: once, when it is first needed, and forgotten with the secret. */
export class PerSecret<K> {
  private readonly derived = new WeakMap<Secret, K>();

  constructor(private readonly derive: (secret: Secret) => K) {}

  of(secret: Secret): K {
    const known = this.derived.get(secret);
    if (known !== undefined) return known;
    const made = this.derive(secret);
    this.derived.set(secret, made);
    return made;
  }
}
