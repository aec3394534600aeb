export {
  CreateTempIDIssued1764115200000,
  CreateTempIDRevocations1763942400000,
  CreateTempIDUsedBy1764028800000,
  CreateTempIDUses1763769600000,
} from './migrations.js';
export type { TypeOrmTempIDLedgerOptions, TypeOrmTempIDStoreOptions } from './options.js';
export { TempIDIssued, TempIDRevocation, TempIDUse, TempIDUsedBy } from './tables.js';
export { TypeOrmTempIDLedger } from './typeorm-tempid.ledger.js';
export { TypeOrmTempIDStore } from './typeorm-tempid.store.js';
