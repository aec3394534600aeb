import { TempIDConfigurationError } from '../common/errors.js';
import type { RotatingKey } from './rotating-key.js';

/** The keys in use, newest first. They may be replaced while tokens are made and read. */
export class KeySet<Key extends RotatingKey> {
  #keys: readonly Key[] = [];
  #byId: ReadonlyMap<Key['id'], Key> = new Map();

  /**
   * @param keyName for messages, such as 'secret'
   * @param duplicate the message where the key of this number, from 1, has the id of another
   */
  constructor(
    private readonly keyName: string,
    private readonly duplicate: (number: number) => string,
  ) {}

  /** All keys, expired ones too. */
  protected get all(): readonly Key[] {
    return this.#keys;
  }

  withKid(kid: Key['id']): Key | undefined {
    const key = this.#byId.get(kid);
    return key?.isExpired() ? undefined : key;
  }

  /** The newest key that has not expired and of which this is true. */
  find(isRight: (key: Key) => boolean): Key | undefined {
    return this.#keys.find((key) => !key.isExpired() && isRight(key));
  }

  /**
   * Replaces all keys or, where it throws, none. A key that stays keeps its counts and what was derived from it.
   *
   * @returns whether anything has changed
   * @throws {@link TempIDConfigurationError} where two have one id, or all have expired
   */
  replace(keys: readonly Key[]): boolean {
    const byId = new Map<Key['id'], Key>();
    for (const [index, key] of keys.entries()) {
      if (byId.has(key.id)) throw new TempIDConfigurationError(this.duplicate(index + 1));
      const current = this.#byId.get(key.id);
      byId.set(key.id, current?.equals(key) ? current : key);
    }
    if (keys.every((key) => key.isExpired())) {
      throw new TempIDConfigurationError(`The 'notAfter' of every ${this.keyName} has passed.`);
    }
    const next = [...byId.values()];
    const isChanged =
      next.length !== this.#keys.length ||
      next.some(
        (key, index) => key !== this.#keys[index] || key.notAfter !== keys[index]?.notAfter,
      );
    for (const key of this.#keys) key.isListed = false;
    for (const [index, key] of next.entries()) {
      key.isListed = true;
      key.notAfter = keys[index]?.notAfter ?? Infinity;
    }
    this.#keys = next;
    this.#byId = byId;
    return isChanged;
  }
}
