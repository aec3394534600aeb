import { TempIDConfigurationError } from '../../common/errors.js';

/** Before the id of a scope, so that it is nobody's count: no id begins so. */
const SCOPE = 'group:';

/** After what names a count; no id has this character. */
const USERS = '@by';

/** The first braces with something between them: of a key that has them, a Cluster looks at that alone. */
const HASH_TAG = /^[^{]*\{[^}]+\}/;

/** The names of keys, as a client is told them, which writes its own prefix before them. */
export class KeyNames {
  private readonly prefix: string;

  /**
   * @param clientPrefix what the client writes before each key
   * @throws {@link TempIDConfigurationError} for braces that name no place in a Cluster, since no second key could be
   *   put beside a count then
   */
  constructor(
    private readonly keyPrefix: string,
    clientPrefix = '',
  ) {
    this.prefix = clientPrefix + keyPrefix;
    if (!/[{}]/.test(this.prefix) || HASH_TAG.test(this.prefix)) return;
    throw new TempIDConfigurationError(
      `The keys of RedisTempIDStore must not begin with '${this.prefix}': braces are only for a hash tag of Redis ` +
        `Cluster, such as 'tempid:{links}:'.`,
    );
  }

  count(id: string): string {
    return this.keyPrefix + id;
  }

  /** Who used a token. In a Cluster it is where the count is: what is between braces is what places that. */
  users(id: string): string {
    const count = this.prefix + id;
    return HASH_TAG.test(count) ? this.count(id) + USERS : `${this.keyPrefix}{${count}}${USERS}`;
  }

  scope(scope: string): string {
    return this.keyPrefix + SCOPE + scope;
  }
}
