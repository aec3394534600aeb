import { setTimeout as sleep } from 'node:timers/promises';
import {
  type TempID,
  type TempIDService,
  TempIDStoreUnavailableError,
} from '../../../src/index.js';
import { until } from './until.js';

/** What became of the uses of a token. */
export interface Tally {
  readonly token: TempID<null>;
  allowed: number;
  refused: number;
  /** The store was unavailable, so that the use may be counted or not. */
  lost: number;
}

/** Many users of many tokens at once, who go on until they are told to stop. */
export class Load {
  private isOver = false;
  private readonly users: Promise<unknown>;

  private constructor(
    private readonly service: TempIDService,
    readonly tallies: readonly Tally[],
  ) {
    const first = Array.from({ length: 40 }, (_, user) => user);
    this.users = Promise.all(first.map((index) => this.useOneAfterTheOther(index)));
  }

  /** @param limits of the tokens, in turn */
  static async of(service: TempIDService, tokens: number, limits: number[]): Promise<Load> {
    const minted = Array.from({ length: tokens }, async (_, index) => ({
      token: await service.mint({ maxUses: limits[index % limits.length] ?? 1 }),
      allowed: 0,
      refused: 0,
      lost: 0,
    }));
    return new Load(service, await Promise.all(minted));
  }

  get allowed(): number {
    return this.tallies.reduce((sum, { allowed }) => sum + allowed, 0);
  }

  get lost(): number {
    return this.tallies.reduce((sum, { lost }) => sum + lost, 0);
  }

  /** Waits until so many more uses were allowed. */
  async progress(more: number): Promise<void> {
    const goal = this.allowed + more;
    await until(() => this.allowed >= goal);
  }

  async stop(): Promise<void> {
    this.isOver = true;
    await this.users;
  }

  private async useOneAfterTheOther(first: number): Promise<void> {
    for (let index = first; !this.isOver; index++) {
      const tally = this.tallies[index % this.tallies.length];
      if (tally) await this.use(tally);
    }
  }

  private async use(tally: Tally): Promise<void> {
    try {
      if (await this.service.use(tally.token)) tally.allowed++;
      else tally.refused++;
      await sleep(1);
    } catch (error) {
      if (!(error instanceof TempIDStoreUnavailableError)) throw error;
      tally.lost++;
      await sleep(10);
    }
  }
}
