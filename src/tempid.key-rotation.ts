import {
  Inject,
  Injectable,
  type OnApplicationBootstrap,
  type OnModuleDestroy,
} from '@nestjs/common';
import { Codecs } from './formats/index.js';
import { LazyLifecycle } from './common/lazy-lifecycle.js';
import { TEMPID_KEYRING, TEMPID_SECRETS } from './config/module-definition.js';
import { loadSecrets } from './keys/load-secrets.js';
import type { RefreshableKeys } from './keys/refreshable-source.js';
import { KeyRefresher } from './keys/key-refresher.js';
import { Keyring } from './keys/keyring.js';
import {
  isSecretProvider,
  type SecretProvider,
  type SecretSource,
} from './keys/secret-provider.js';
import { warnOfPadding } from './keys/secrets.js';

/** Keeps the secrets, and the keys of formats that have some, as their providers say, from the start of the application to its end. */
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
    const secrets = isSecretProvider(source) ? [secretsOf(keyring, source)] : [];
    const changing = [...secrets, ...codecs.changingKeys()];
    this.refreshers = changing.map((keys) => new KeyRefresher(keys));
    lifecycle.add('keys', this);
  }

  async onApplicationBootstrap(): Promise<void> {
    await Promise.all(this.refreshers.map((refresher) => refresher.start()));
  }

  /** Ends all of them, whatever one of their providers throws. */
  async onModuleDestroy(): Promise<void> {
    const stops = this.refreshers.map(async (refresher) => refresher.stop());
    for (const stopped of await Promise.allSettled(stops)) {
      if (stopped.status === 'rejected') throw stopped.reason;
    }
  }
}

function secretsOf(keyring: Keyring, provider: SecretProvider): RefreshableKeys {
  return {
    what: 'secrets',
    who: 'SecretProvider',
    provider,
    async ask(asking) {
      const secrets = await loadSecrets(provider, asking);
      return () => {
        const isNew = keyring.replace(secrets);
        if (isNew) warnOfPadding(secrets, 'The SecretProvider');
        return isNew;
      };
    },
    report: () => keyring.report(),
  };
}
