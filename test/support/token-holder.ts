import type { TempID } from '../../src/index.js';
import { json, type RunningApp } from './http.js';

/** Somebody with a token who posts it to the routes of an application. */
export class TokenHolder {
  private constructor(
    private readonly running: RunningApp,
    readonly token: TempID<null>,
  ) {}

  static async with(running: RunningApp, maxUses: number): Promise<TokenHolder> {
    return new TokenHolder(running, await running.tempid.mint({ maxUses }));
  }

  /** The status of the answer. */
  async post(path: string, body: object = {}): Promise<number> {
    return (await this.running.send(path, json({ ...body, token: this.token.value }))).status;
  }

  async used(): Promise<number | null> {
    return (await this.running.tempid.usesInfo(this.token)).used;
  }

  /** Waits until the count is this; what is judged when an answer is closed comes after the answer. */
  async usedInTheEnd(expected: number): Promise<void> {
    while ((await this.used()) !== expected) await new Promise(setImmediate);
  }
}
