export { TempIDUse } from './tempid-use.entity.js';
export { TypeOrmTempIDStore, type TypeOrmTempIDStoreOptions } from './typeorm-tempid.store.js';
