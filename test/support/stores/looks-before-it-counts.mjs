import { MemoryTempIDStore } from 'nestjs-tempid';

/** A store as it must not be: it looks whether a use is left for somebody, and counts them in another step. */
export default class LooksBeforeItCountsStore extends MemoryTempIDStore {
  async consume(id, maxUses, keepUntil, options) {
    const used = await this.used(id);
    if (used >= maxUses) return { allowed: false, used };
    const answer = await super.consume(id, Infinity, keepUntil, options);
    return { ...answer, used: Math.min(answer.used, maxUses) };
  }
}
