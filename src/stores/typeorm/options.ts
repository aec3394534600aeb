import type { Provider } from '@nestjs/common';
import { getDataSourceToken, TypeOrmModule } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import { asGiven, assertGiven, type OptionRules, pickOptions } from '../../common/options.js';
import type { TempIDLedgerRegistration } from '../../ledger/tempid-ledger.js';
import type { TempIDStoreRegistration } from '../tempid-store.js';
import { TempIDIssued, TempIDRevocation, TempIDUse, TempIDUsedBy } from './tables.js';

export interface TypeOrmTempIDLedgerOptions {
  /** The name of a connection of `TypeOrmModule`, or a DataSource that the application owns. Default: the unnamed one. */
  dataSource?: string | DataSource;
}

export interface TypeOrmTempIDStoreOptions extends TypeOrmTempIDLedgerOptions {
  /**
   * Whether all tokens of a subject or a purpose can be revoked, which is kept in a table of its own,
   * `tempid_revocations`. Default: false, which refuses to.
   */
  revocations?: boolean;
  /**
   * Whether it is kept by whom a token was used (`by`), in a table of its own, `tempid_used_by`. Default: false, which
   * refuses `by`.
   */
  usedBy?: boolean;
}

const LEDGER_RULES = {
  dataSource: asGiven<string | DataSource>(),
} satisfies OptionRules<TypeOrmTempIDLedgerOptions>;

const RULES = {
  ...LEDGER_RULES,
  revocations: asGiven<boolean>(),
  usedBy: asGiven<boolean>(),
} satisfies OptionRules<TypeOrmTempIDStoreOptions>;

/** The options with a DataSource instead of its name. */
export type OpenedOptions = TypeOrmTempIDStoreOptions & { readonly dataSource: DataSource };

export const OPTIONS = Symbol('TEMPID_TYPEORM_OPTIONS');
export const LEDGER_OPTIONS = Symbol('TEMPID_TYPEORM_LEDGER_OPTIONS');

/** The store with its options, and with the entities of its tables. */
export function registrationOf(
  store: TempIDStoreRegistration['store'],
  args: [options?: TypeOrmTempIDStoreOptions],
): TempIDStoreRegistration {
  assertGiven(args, 'TypeOrmTempIDStore', ['options']);
  const options = pickOptions(args[0] ?? {}, RULES, 'TypeOrmTempIDStore');
  const entities = [
    TempIDUse,
    ...(options.revocations ? [TempIDRevocation] : []),
    ...(options.usedBy ? [TempIDUsedBy] : []),
  ];
  return { store, ...wired(OPTIONS, options, entities) };
}

/** The ledger, likewise. */
export function ledgerRegistrationOf(
  ledger: TempIDLedgerRegistration['ledger'],
  args: [options?: TypeOrmTempIDLedgerOptions],
): TempIDLedgerRegistration {
  assertGiven(args, 'TypeOrmTempIDLedger', ['options']);
  const options = pickOptions(args[0] ?? {}, LEDGER_RULES, 'TypeOrmTempIDLedger');
  return { ledger, ...wired(LEDGER_OPTIONS, options, [TempIDIssued]) };
}

/** @param token by which the options are injected, with the connection instead of its name */
function wired(
  token: symbol,
  { dataSource = 'default', ...others }: TypeOrmTempIDLedgerOptions,
  entities: (new () => object)[],
): Pick<TempIDStoreRegistration, 'imports'> & { readonly providers: Provider[] } {
  if (typeof dataSource !== 'string') {
    return { providers: [{ provide: token, useValue: { dataSource, ...others } }] };
  }
  const useFactory = (opened: DataSource) => ({ dataSource: opened, ...others });
  return {
    imports: [TypeOrmModule.forFeature(entities, dataSource)],
    providers: [{ provide: token, inject: [getDataSourceToken(dataSource)], useFactory }],
  };
}
