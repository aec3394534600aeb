import { describe } from '@jest/globals';
import { MemoryTempIDLedger } from '../../src/index.js';
import { TypeOrmTempIDLedger } from '../../src/stores/typeorm/index.js';
import { ledgerContract } from '../../src/testing/index.js';
import { describeDatabases } from '../support/databases.js';
import { openLedger } from '../support/open-ledger.js';

describe('MemoryTempIDLedger', () => {
  ledgerContract(async () => ({ ledger: new MemoryTempIDLedger(), close: async () => {} }));
});

describeDatabases('TypeOrmTempIDLedger', (connect) => {
  ledgerContract(async () => openLedger(TypeOrmTempIDLedger, await connect('ledger_contract')));
});
