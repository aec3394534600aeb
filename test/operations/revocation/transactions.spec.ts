import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { EntityManager } from 'typeorm';
import { TempIDConfigurationError } from '../../../src/index.js';
import { TypeOrmTempIDStore } from '../../../src/stores/typeorm/index.js';
import { Application } from '../../support/application.js';
import { describeDatabases } from '../../support/databases.js';
import { createService } from '../../support/service.js';

const SESSION = { purpose: 'session', subject: 'ada', maxUses: 9 };
const named = { purpose: 'session' };

describeDatabases('a revocation in a transaction of the application', (connect) => {
  let app: Application;

  beforeAll(async () => {
    const store = TypeOrmTempIDStore.register({ revocations: true });
    app = await Application.start(connect, 'revoking', store);
  });

  afterAll(() => app.context.close());

  const revocations: [string, (manager: EntityManager, value: string) => Promise<void>][] = [
    ['revoke', (manager, value) => app.tempid.revoke(value, { manager })],
    ['revokeSubject', (manager) => app.tempid.revokeSubject({ subject: 'ada', manager })],
    ['revokePurpose', (manager) => app.tempid.revokePurpose({ purpose: 'session', manager })],
    ['revokePurpose, apart', (manager) => app.tempid.revokePurpose('session', { manager })],
  ];

  it.each(revocations)(
    '%s in a transaction refuses the token there, and everywhere once that commits',
    async (_, revoke) => {
      const { value } = await app.tempid.mint(SESSION);
      await app.dataSource.transaction(async (manager) => {
        await app.changePassword(manager, 'committed');
        await revoke(manager, value);
        expect(await app.tempid.use(value, { ...named, manager })).toBe(false);
      });
      expect(await app.password()).toBe('committed');
      await expect(app.tempid.useOrThrow(value, named)).rejects.toMatchObject({
        code: 'TEMPID_REVOKED',
      });
    },
  );

  it.each(revocations)(
    '%s in a transaction revokes nothing where that rolls back',
    async (_, revoke) => {
      const { value } = await app.tempid.mint(SESSION);
      const transaction = app.dataSource.transaction(async (manager) => {
        await app.changePassword(manager, 'undone');
        await revoke(manager, value);
        throw new Error('the mail could not be sent');
      });
      await expect(transaction).rejects.toThrow('the mail could not be sent');
      expect(await app.password()).not.toBe('undone');
      expect(await app.tempid.use(value, named)).toBe(true);
    },
  );

  it('a use and a revocation of the same subject commit in one transaction', async () => {
    const session = await app.tempid.mint(SESSION);
    const reset = await app.tempid.mint({ ...SESSION, purpose: 'reset', maxUses: 1 });
    await app.dataSource.transaction(async (manager) => {
      await app.tempid.useOrThrow(reset, { purpose: 'reset', manager });
      await app.tempid.revokeSubject({ subject: 'ada', manager });
    });
    expect(await app.tempid.use(session.value, named)).toBe(false);
    const fresh = await app.tempid.mint(SESSION);
    expect(await app.tempid.use(fresh.value, named)).toBe(true);
  });

  it('revoke and revokePurpose ignore the index that Array.map gives as second argument', async () => {
    const { value } = await app.tempid.mint(SESSION);
    await app.tempid.revoke(value, 0 as never);
    expect(await app.tempid.use(value, named)).toBe(false);
  });

  it.each(revocations)(
    '%s rejects for the manager of another connection, or of no open transaction',
    async (_, revoke) => {
      const { value } = await app.tempid.mint(SESSION);
      const revoking = revoke(app.dataSource.manager, value);
      await expect(revoking).rejects.toThrow(TempIDConfigurationError);
      await expect(revoking).rejects.toThrow(/^'manager' must be the EntityManager of an open/);
      expect(await app.tempid.use(value, named)).toBe(true);
    },
  );
});

describe('a revocation by a store that knows no transactions', () => {
  it('revoke and revokeSubject with a manager reject where the store knows no transactions, and name those that do', async () => {
    const tempid = createService();
    const token = await tempid.mint(SESSION);
    const manager = {} as EntityManager;
    await expect(tempid.revoke(token, { manager })).rejects.toThrow(
      `revoke has no option 'manager'. There are none.`,
    );
    await expect(tempid.revokeSubject({ subject: 'ada', manager })).rejects.toThrow(
      `revokeSubject has no option 'manager'. The options are subject, purpose.`,
    );
    await expect(tempid.revokePurpose({ purpose: 'session', manager })).rejects.toThrow(
      `revokePurpose has no option 'manager'. The options are purpose.`,
    );
    expect(await tempid.use(token)).toBe(true);
  });
});
