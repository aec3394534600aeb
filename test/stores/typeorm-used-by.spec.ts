import { describe } from '@jest/globals';
import type { TypeOrmModuleOptions } from '@nestjs/typeorm';
import { TypeOrmTempIDStore } from '../../src/stores/typeorm/index.js';
import {
  countChangesContract,
  purgingContract,
  sharedUsedByContract,
  storeContract,
  usedByContract,
  usedByPurgingContract,
  usedByScopesContract,
} from '../../src/testing/index.js';
import { describeDatabases } from '../support/databases.js';
import { openStore } from '../support/open-store.js';

const withUsers = TypeOrmTempIDStore.register({ usedBy: true });
const withBoth = TypeOrmTempIDStore.register({ usedBy: true, revocations: true });

describeDatabases('TypeOrmTempIDStore that knows who used a token', (connect) => {
  storeContract(async () => openStore(withUsers, await connect('users')));
  usedByContract(async () => openStore(withUsers, await connect('used_by')));
  countChangesContract(async () => openStore(withUsers, await connect('changes')));
  purgingContract(async () => openStore(withUsers, await connect('users_purging')));
  usedByPurgingContract(async () => openStore(withUsers, await connect('used_by_purging')));
  usedByScopesContract(async () => openStore(withBoth, await connect('used_by_scopes')));

  describe('in two processes', () => {
    let connection: Promise<TypeOrmModuleOptions> | undefined;
    sharedUsedByContract(async () => {
      return openStore(withUsers, await (connection ??= connect('used_by_shared')));
    });
  });
});
