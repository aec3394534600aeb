import { MemoryTempIDStore } from 'nestjs-tempid';

/** A store as it must not be: it reads, decides, and writes. */
export default class ReadThenWriteStore extends MemoryTempIDStore {
  #counts = new Map();

  async used(id) {
    return this.#counts.get(id) ?? 0;
  }

  async consume(id, maxUses) {
    const used = await this.used(id);
    if (used >= maxUses) return { allowed: false, used };
    this.#counts.set(id, used + 1);
    return { allowed: true, used: used + 1 };
  }
}
