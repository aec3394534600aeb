import { MemoryTempIDLedger, type TempIDModuleOptions } from '../../src/index.js';
import type { TempIDModuleExtras } from '../../src/config/options.js';
import { IssuedRows } from '../../src/ledger/issued-rows.js';

/** At module level: Jest gives each suite modules of its own, so a suite decides for itself. */
let rows: IssuedRows | undefined;

/** One for all services and applications of a suite that mints short tokens, as a database would be. */
export class DefaultLedger extends MemoryTempIDLedger {
  constructor() {
    super(rows);
  }
}

/** From now on the services and applications of this suite mint short tokens where nothing says otherwise. */
export function mintShortByDefault(): void {
  rows = new IssuedRows();
}

export function mintsShort(): boolean {
  return rows !== undefined;
}

export function withDefaultFormat<Options extends TempIDModuleOptions & TempIDModuleExtras>(
  options: Options,
): Options {
  if (!rows || 'format' in options) return options;
  return { ...options, format: 'short', accept: [...(options.accept ?? ['v3']), 'short'] };
}
