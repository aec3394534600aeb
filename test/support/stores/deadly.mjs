import { MemoryTempIDStore } from 'nestjs-tempid';

const HARMLESS = 150;

/** A store whose process ends in the midst of its work. */
export default class DeadlyStore extends MemoryTempIDStore {
  #asked = 0;

  async consume(id, maxUses, keepUntil) {
    this.#asked += 1;
    if (this.#asked > HARMLESS) process.exit(3);
    return super.consume(id, maxUses, keepUntil);
  }
}
