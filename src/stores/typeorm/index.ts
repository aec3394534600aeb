export { CreateTempIDAnswers1763856000000 } from './create-tempid-answers.migration.js';
export { CreateTempIDUses1763769600000 } from './create-tempid-uses.migration.js';
export { TempIDAnswer } from './tempid-answer.entity.js';
export { TempIDUse } from './tempid-use.entity.js';
export { TypeOrmTempIDStore, type TypeOrmTempIDStoreOptions } from './typeorm-tempid.store.js';
