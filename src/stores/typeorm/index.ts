export { CreateTempIDAnswers1763856000000 } from './create-tempid-answers.migration.js';
export { CreateTempIDRevocations1763942400000 } from './create-tempid-revocations.migration.js';
export { CreateTempIDUses1763769600000 } from './create-tempid-uses.migration.js';
export { TempIDAnswer } from './tempid-answer.entity.js';
export { TempIDRevocation } from './tempid-revocation.entity.js';
export { TempIDUse } from './tempid-use.entity.js';
export { TypeOrmTempIDStore } from './typeorm-tempid.store.js';
export type { TypeOrmTempIDStoreOptions } from './registration.js';
