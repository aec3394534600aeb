import {
  MemoryTempIDStore,
  type TempIDModuleOptions,
  TempIDService,
  type TempIDStore,
} from '../../src/index.js';
import { resolveOptions } from '../../src/options.js';
import { SECRET } from './secrets.js';

/** A service as the module makes it, without an application around it. */
export function createService(
  options: TempIDModuleOptions = {},
  store: TempIDStore = new MemoryTempIDStore(),
): TempIDService {
  return new TempIDService(resolveOptions({ secret: SECRET, ...options }), store);
}
