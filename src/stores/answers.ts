import { StoreClient } from './store-client.js';
import type { ConsumeOptions, TempIDStore } from './tempid-store.js';

/**
 * An optional part of a store: it keeps the sealed answers for a second click (`grace` of `@TempIDLink`) where every
 * process finds them. Without it they stay in the memory of this one.
 */
export interface AnswerStore {
  /** Keeps at most 16 KiB under an id, apart from the count of that id. */
  remember(id: string, value: Uint8Array, until: Date, options?: ConsumeOptions): Promise<void>;

  /** What was kept under this id; null where nothing was, or its time is over. */
  recall(id: string, options?: ConsumeOptions): Promise<Uint8Array | null>;
}

/** Answers in the memory of this process: as many of the newest as `limit` bytes hold. */
export class LocalAnswers implements AnswerStore {
  private readonly entries = new Map<string, { value: Uint8Array; until: number }>();
  private bytes = 0;

  constructor(private readonly limit = 16 * 2 ** 20) {}

  async remember(id: string, value: Uint8Array, until: Date): Promise<void> {
    this.delete(id);
    const now = Date.now();
    for (const [oldest, entry] of this.entries) {
      if (entry.until > now && this.bytes + sizeOf(id, value) <= this.limit) break;
      this.delete(oldest);
    }
    // A copy, since the caller's may be part of a larger buffer, which would be kept with it.
    this.entries.set(id, { value: Uint8Array.from(value), until: until.getTime() });
    this.bytes += sizeOf(id, value);
  }

  async recall(id: string): Promise<Uint8Array | null> {
    const entry = this.entries.get(id);
    return entry && entry.until > Date.now() ? entry.value : null;
  }

  private delete(id: string): void {
    const entry = this.entries.get(id);
    if (!entry) return;
    this.entries.delete(id);
    this.bytes -= sizeOf(id, entry.value);
  }
}

/** The size of an entry. Without a part that is the same for each, many empty ones would take no room. */
function sizeOf(id: string, value: Uint8Array): number {
  return 200 + id.length + value.length;
}

/** A {@link StoreClient} that also asks for answers. */
export class AnswerClient extends StoreClient {
  private readonly answers: AnswerStore;

  constructor(store: TempIDStore & Partial<AnswerStore>, timeout: number) {
    super(store, timeout);
    this.answers = keepsAnswers(store) ? store : new LocalAnswers();
  }

  remember(id: string, value: Uint8Array, until: Date): Promise<void> {
    return this.ask({}, (options) => this.answers.remember(id, value, until, options));
  }

  recall(id: string): Promise<Uint8Array | null> {
    return this.ask({}, async (options) => {
      const value: unknown = await this.answers.recall(id, options);
      if (value === null || value instanceof Uint8Array) return value;
      throw new Error('it gave no bytes');
    });
  }
}

function keepsAnswers(store: Partial<AnswerStore>): store is AnswerStore {
  return typeof store.remember === 'function' && typeof store.recall === 'function';
}
