export {
  CreateTempIDAnswers1763856000000,
  CreateTempIDRevocations1763942400000,
  CreateTempIDUses1763769600000,
} from './migrations.js';
export type { TypeOrmTempIDStoreOptions } from './options.js';
export { TempIDAnswer, TempIDRevocation, TempIDUse } from './tables.js';
export { TypeOrmTempIDStore } from './typeorm-tempid.store.js';
