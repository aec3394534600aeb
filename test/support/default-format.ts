import { MemoryTempIDLedger, type TempIDLedger, type TempIDModuleOptions } from '../../src/index.js';

/** At module level: Jest gives each suite modules of its own, so a suite decides for itself. */
let ledgerOfShort: TempIDLedger | undefined;

/** From now on the services and applications of this suite mint short tokens where nothing says otherwise. */
export function mintShortByDefault(): void {
  ledgerOfShort = new MemoryTempIDLedger();
}

/** One for all services of a suite that mints short tokens, as a database would be. */
export function defaultLedger(): TempIDLedger {
  return ledgerOfShort ?? new MemoryTempIDLedger();
}

export function withDefaultFormat<Options extends Pick<TempIDModuleOptions, 'format' | 'accept'>>(
  options: Options,
): Options {
  if (!ledgerOfShort || 'format' in options) return options;
  return { ...options, format: 'short', accept: [...(options.accept ?? ['v3']), 'short'] };
}
