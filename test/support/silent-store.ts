import { type ConsumeResult, MemoryTempIDStore } from '../../src/index.js';

/** A store that hears what it is asked, and answers when it is told to. */
export class SilentStore extends MemoryTempIDStore {
  private answerNow = () => {};
  private readonly told = new Promise<void>((resolve) => (this.answerNow = resolve));

  answer(): void {
    this.answerNow();
  }

  override async consume(id: string, maxUses: number, keepUntil: Date): Promise<ConsumeResult> {
    const result = await super.consume(id, maxUses, keepUntil);
    await this.told;
    return result;
  }

  override async used(id: string): Promise<number> {
    await this.told;
    return super.used(id);
  }
}
