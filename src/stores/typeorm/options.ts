import { getDataSourceToken, TypeOrmModule } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import { asGiven, assertGiven, type OptionRules, pickOptions } from '../../common/options.js';
import type { TempIDStoreRegistration } from '../tempid-store.js';
import { TempIDRevocation, TempIDUse, TempIDUsedBy } from './tables.js';

export interface TypeOrmTempIDStoreOptions {
  /** The name of a connection of `TypeOrmModule`, or a DataSource that the application owns. Default: the unnamed one. */
  dataSource?: string | DataSource;
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

const RULES = {
  dataSource: asGiven<string | DataSource>(),
  revocations: asGiven<boolean>(),
  usedBy: asGiven<boolean>(),
} satisfies OptionRules<TypeOrmTempIDStoreOptions>;

/** The options with a DataSource instead of its name. */
export type OpenedOptions = TypeOrmTempIDStoreOptions & { readonly dataSource: DataSource };

export const OPTIONS = Symbol('TEMPID_TYPEORM_OPTIONS');

/** The store with its options, and with the entities of its tables. */
export function registrationOf(
  store: TempIDStoreRegistration['store'],
  args: [options?: TypeOrmTempIDStoreOptions],
): TempIDStoreRegistration {
  assertGiven(args, 'TypeOrmTempIDStore', ['options']);
  const picked = pickOptions(args[0] ?? {}, RULES, 'TypeOrmTempIDStore');
  const { dataSource = 'default', ...tables } = picked;
  if (typeof dataSource !== 'string') {
    return { store, providers: [{ provide: OPTIONS, useValue: { dataSource, ...tables } }] };
  }
  const entities = [
    TempIDUse,
    ...(tables.revocations ? [TempIDRevocation] : []),
    ...(tables.usedBy ? [TempIDUsedBy] : []),
  ];
  const useFactory = (opened: DataSource) => ({ dataSource: opened, ...tables });
  return {
    store,
    imports: [TypeOrmModule.forFeature(entities, dataSource)],
    providers: [{ provide: OPTIONS, inject: [getDataSourceToken(dataSource)], useFactory }],
  };
}
