import { hash } from 'node:crypto';

const MAX_ENTRIES = 10_000;

/** How often the process has revoked something: one count for all modules, since several may share a store. */
let revocations = 0;

/** Recent answers of a store to whether a token was revoked, of at most 10,000 tokens. */
export class RevocationCache {
  /** Each until a moment by `performance.now()`, which nobody sets back. */
  private answers = new Map<string, { isRevoked: boolean; until: number }>();
  /** How many revocations there were when the first answer was kept. */
  private asOf = revocations;

  /** @param maxAge milliseconds; 0: nothing is kept */
  constructor(private readonly maxAge: number) {}

  /** To be called whenever this process has revoked something. */
  static forget(): void {
    revocations++;
  }

  /** The kept answer about a token, or that of `ask`. */
  async of(value: string, ask: () => Promise<boolean>): Promise<boolean> {
    if (this.maxAge === 0) return ask();
    if (this.asOf !== revocations) {
      this.asOf = revocations;
      this.answers = new Map();
    }
    // By the whole token: others may have signed several with one id.
    const key = hash('sha256', value, 'base64');
    const kept = this.answers.get(key);
    if (kept && performance.now() < kept.until) return kept.isRevoked;
    const { answers } = this;
    const until = performance.now() + this.maxAge;
    const isRevoked = await ask();
    // A revocation of this process may have come meanwhile: then the answer goes into a map that was replaced.
    answers.delete(key);
    const [oldest] = answers.keys();
    if (oldest !== undefined && answers.size >= MAX_ENTRIES) answers.delete(oldest);
    answers.set(key, { isRevoked, until });
    return isRevoked;
  }
}
