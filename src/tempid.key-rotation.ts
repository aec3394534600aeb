import {
  Inject,
  Injectable,
  type OnApplicationBootstrap,
  type OnModuleDestroy,
} from '@nestjs/common';
import { LazyLifecycle } from './common/lazy-lifecycle.js';
import { TEMPID_KEYRING, TEMPID_SECRETS } from './config/module-definition.js';
import { Codecs } from './formats/codecs.js';
import { KeyRefresher } from './keys/key-refresher.js';
import { Keyring } from './keys/keyring.js';
import { isSecretProvider, refreshableSecrets, type SecretSource } from './keys/secret-provider.js';

/** Refreshes the secrets and the own keys of formats, from the start of the application to its end. */
@Injectable()
export class KeyRotation implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly refreshers: readonly KeyRefresher[];

  /** @throws TempIDConfigurationError for a wrong `refreshInterval` */
  constructor(
    @Inject(TEMPID_KEYRING) keyring: Keyring,
    @Inject(TEMPID_SECRETS) source: SecretSource | null,
    codecs: Codecs,
    lifecycle: LazyLifecycle,
  ) {
    const secrets = isSecretProvider(source) ? [refreshableSecrets(keyring, source)] : [];
    const refreshable = [...secrets, ...codecs.refreshableKeys()];
    this.refreshers = refreshable.map((keys) => new KeyRefresher(keys));
    lifecycle.add('keys', this);
  }

  async onApplicationBootstrap(): Promise<void> {
    await Promise.all(this.refreshers.map((refresher) => refresher.start()));
  }

  /** Stops all of them, even where a provider throws. */
  async onModuleDestroy(): Promise<void> {
    const stops = this.refreshers.map(async (refresher) => refresher.stop());
    for (const stopped of await Promise.allSettled(stops)) {
      if (stopped.status === 'rejected') throw stopped.reason;
    }
  }
}
