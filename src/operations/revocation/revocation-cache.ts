import { hash } from 'node:crypto';

interface Answer {
  readonly isRevoked: boolean;
  /** By `performance.now()`, which nobody sets back. */
  readonly until: number;
}

const MAX_ENTRIES = 10_000;

/** How often the process has revoked something: one count for all modules, since several may share a store. */
let revocations = 0;

/** Whether tokens were revoked, as a store has said it a moment ago: of at most 10,000 of them. */
export class RevocationCache {
  private answers = new Map<string, Answer>();
  /** The revocations that the answers know of. */
  private asOf = revocations;

  /** @param maxAge milliseconds; 0: every question is asked */
  constructor(private readonly maxAge: number) {}

  /** Something was revoked by this process. */
  static forget(): void {
    revocations++;
  }

  /** What was answered about the token not longer ago than that; otherwise what `ask` answers. */
  async of(value: string, ask: () => Promise<boolean>): Promise<boolean> {
    if (this.maxAge === 0) return ask();
    if (this.asOf !== revocations) {
      this.asOf = revocations;
      this.answers = new Map();
    }
    // By the whole token: others may have signed several with one id.
    const key = hash('sha256', value, 'base64');
    const known = this.answers.get(key);
    if (known && performance.now() < known.until) return known.isRevoked;
    const { answers } = this;
    const until = performance.now() + this.maxAge;
    const isRevoked = await ask();
    // What was revoked here while the store was asked may not be in its answer: it goes where nobody looks then.
    keep(answers, key, { isRevoked, until });
    return isRevoked;
  }
}

function keep(answers: Map<string, Answer>, key: string, answer: Answer): void {
  answers.delete(key);
  const [oldest] = answers.keys();
  if (oldest !== undefined && answers.size >= MAX_ENTRIES) answers.delete(oldest);
  answers.set(key, answer);
}
