export { CreateTempIDUses1763769600000 } from './create-tempid-uses.migration.js';
export { TempIDUse } from './tempid-use.entity.js';
export { TypeOrmTempIDStore, type TypeOrmTempIDStoreOptions } from './typeorm-tempid.store.js';
