import { MemoryTempIDStore } from 'nestjs-tempid';

/** A store as it must not be: it counts, and does not keep by whom a token was used. */
export default class KnowsNobodyStore extends MemoryTempIDStore {
  consume(id, maxUses, keepUntil) {
    return super.consume(id, maxUses, keepUntil);
  }
}
