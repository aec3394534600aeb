export {
  CreateTempIDRevocations1763942400000,
  CreateTempIDUsedBy1764028800000,
  CreateTempIDUses1763769600000,
} from './migrations.js';
export type { TypeOrmTempIDStoreOptions } from './options.js';
export { TempIDRevocation, TempIDUse, TempIDUsedBy } from './tables.js';
export { TypeOrmTempIDStore } from './typeorm-tempid.store.js';
