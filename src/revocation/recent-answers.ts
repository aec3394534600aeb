interface Answer {
  readonly isRevoked: boolean;
  /** By `performance.now()`, which nobody sets back. */
  readonly until: number;
}

const MOST_ENTRIES = 10_000;

/** Whether tokens were revoked, as a store has said it a moment ago: of at most 10,000 of them. */
export class RecentAnswers {
  private answers = new Map<string, Answer>();

  /** @param maxAge milliseconds; 0: every question is asked */
  constructor(private readonly maxAge: number) {}

  /** What was answered about the id not longer ago than that; otherwise what `ask` answers. */
  async of(id: string, ask: () => Promise<boolean>): Promise<boolean> {
    if (this.maxAge === 0) return ask();
    const known = this.answers.get(id);
    if (known && performance.now() < known.until) return known.isRevoked;
    const { answers } = this;
    const until = performance.now() + this.maxAge;
    const isRevoked = await ask();
    // What was revoked here while the store was asked may not be in its answer: it goes where nobody looks then.
    keep(answers, id, { isRevoked, until });
    return isRevoked;
  }

  /** Something was revoked by this process. */
  forget(): void {
    this.answers = new Map();
  }
}

function keep(answers: Map<string, Answer>, id: string, answer: Answer): void {
  answers.delete(id);
  const [oldest] = answers.keys();
  if (oldest !== undefined && answers.size >= MOST_ENTRIES) answers.delete(oldest);
  answers.set(id, answer);
}
