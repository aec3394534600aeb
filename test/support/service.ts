import { ModulesContainer } from '@nestjs/core';
import {
  MemoryTempIDStore,
  type SecretOption,
  type TempIDModuleOptions,
  TempIDService,
  type TempIDLedger,
  type TempIDStore,
} from '../../src/index.js';
import { Codecs } from '../../src/formats/codecs.js';
import { Keyring } from '../../src/keys/keyring.js';
import { KindRegistry } from '../../src/kinds/kind-registry.js';
import { TempIDEvents } from '../../src/events/tempid-events.js';
import { LazyLifecycle } from '../../src/common/lazy-lifecycle.js';
import { resolveSecrets } from '../../src/keys/secrets.js';
import { resolveOptions } from '../../src/config/options.js';
import { lookUpIn } from '../../src/operations/ledger-client.js';
import { DefaultLedger, withDefaultFormat } from './default-format.js';
import { SECRET } from './secrets.js';

/** A service as the module makes it, without an application around it. */
export function createService(
  options: Omit<TempIDModuleOptions, 'secret'> & { secret?: SecretOption | undefined } = {},
  store: TempIDStore = new MemoryTempIDStore(),
  keyring = new Keyring(resolveSecrets(options.secret ?? SECRET)),
  events = new TempIDEvents(),
  ledger: TempIDLedger = new DefaultLedger(),
): TempIDService {
  const modules = new ModulesContainer();
  const kinds = new KindRegistry(modules);
  const lifecycle = new LazyLifecycle(modules);
  lifecycle.onModuleInit();
  const resolved = resolveOptions(withDefaultFormat(options));
  const lookUp = lookUpIn(ledger, resolved, lifecycle);
  const codecs = new Codecs(keyring, resolved.formats, lookUp);
  return new TempIDService(resolved, keyring, store, kinds, codecs, lifecycle, events, ledger);
}
