import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { getDataSourceToken, TypeOrmModule } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import { type MintOptions, TempIDModule, TempIDService } from '../../src/index.js';
import { TypeOrmTempIDLedger, TypeOrmTempIDStore } from '../../src/stores/typeorm/index.js';
import { Account } from '../support/application.js';
import { describeDatabases } from '../support/databases.js';
import { SECRET } from '../support/secrets.js';
import { codeOf } from './short-service.js';

@Module({})
class Root {}

const CLAIMS = {
  purpose: 'Ümläut 🔑',
  subject: 'ada',
  audience: 'app',
  maxUses: 1,
  expiresIn: '1h',
  payload: { teamId: 7 },
} as const;
const AS = { purpose: 'Ümläut 🔑', audience: 'app' };
const END = new Date(Math.ceil(Date.now() / 1_000) * 1_000 + 3_600_000);
const UNDONE = new Error('undone');

describeDatabases('short tokens in a database', (connect) => {
  let close = async () => {};
  let tempid: TempIDService;
  let dataSource: DataSource;

  beforeAll(async () => {
    const connection = await connect('short');
    const options = {
      secret: SECRET,
      format: 'short',
      store: TypeOrmTempIDStore.register({ revocations: true }),
      ledger: TypeOrmTempIDLedger,
    } as const;
    const imports = [
      TypeOrmModule.forRoot({ ...connection, entities: [Account] }),
      TempIDModule.forRoot(options),
    ];
    const context = await NestFactory.createApplicationContext(
      { module: Root, imports },
      { logger: ['error'], abortOnError: false },
    );
    close = () => context.close();
    tempid = context.get(TempIDService);
    dataSource = context.get<DataSource>(getDataSourceToken());
  });

  afterAll(() => close());

  it('a row comes back as it was sealed, with any claims', async () => {
    const notBefore = new Date(1_700_000_000_000);
    const all: readonly MintOptions<object>[] = [
      CLAIMS,
      {},
      { ...CLAIMS, notBefore, maxUses: 0 },
      { subject: ' a ' },
    ];
    for (const { expiresIn: _, payload = null, ...claims } of all) {
      const { value, id } = await tempid.mint({ ...claims, expiresAt: END, payload });
      expect(await tempid.parse(value)).toMatchObject({
        id,
        maxUses: 0,
        payload,
        expiresAt: END,
        ...claims,
      });
    }
  });

  it('a token that was minted in a transaction works there, and afterwards only where that commits', async () => {
    const committed = await dataSource.transaction(async (manager) => {
      const { value } = await tempid.mint({ ...CLAIMS, maxUses: 2, manager });
      expect(await tempid.use(value, { ...AS, manager })).toBe(true);
      return value;
    });
    expect(await tempid.use(committed, AS)).toBe(true);
    expect(await tempid.use(committed, AS)).toBe(false);
    let undone = '';
    const rollingBack = dataSource.transaction(async (manager) => {
      undone = (await tempid.mint({ ...CLAIMS, manager })).value;
      throw UNDONE;
    });
    await expect(rollingBack).rejects.toBe(UNDONE);
    expect(await codeOf(tempid.verifyOrThrow(undone, AS))).toBe('TEMPID_TAMPERED');
  });

  it('extend in a transaction changes count and token where that commits, and nothing where it rolls back', async () => {
    const token = await tempid.mint(CLAIMS);
    await tempid.use(token);
    const rollingBack = dataSource.transaction(async (manager) => {
      await tempid.extend(token, { expiresIn: '20d', maxUses: 2, manager });
      expect(await tempid.use(token.value, { ...AS, manager })).toBe(true);
      throw UNDONE;
    });
    await expect(rollingBack).rejects.toBe(UNDONE);
    expect(await tempid.parse(token.value)).toMatchObject({
      maxUses: 1,
      expiresAt: token.expiresAt,
    });
    await dataSource.transaction((manager) =>
      tempid.extend({ id: token.id }, { expiresIn: '20d', maxUses: 2, manager }),
    );
    expect((await tempid.parse(token.value)).maxUses).toBe(2);
    expect(await tempid.usesInfo(token)).toEqual({ total: 2, used: 1, left: 1 });
  });

  it('all of many changes at once are made, while the token is used, and no use is one too many', async () => {
    const token = await tempid.mint({ ...CLAIMS, maxUses: 10 });
    const uses = Array.from({ length: 20 }, () => tempid.use(token.value, AS));
    const changes = Array.from({ length: 5 }, () => [
      tempid.extend(token.value, { maxUses: 12 }),
      tempid.extend({ id: token.id }, { expiresAt: new Date(Date.now() + 86_400_000) }),
    ]);
    await Promise.all(changes.flat());
    const used = (await Promise.all(uses)).filter(Boolean).length;
    expect(used).toBeGreaterThanOrEqual(10);
    expect(used).toBeLessThanOrEqual(12);
    expect((await tempid.parse(token.value)).maxUses).toBe(12);
    expect((await tempid.parse(token.value)).expiresAt).not.toEqual(token.expiresAt);
    while (await tempid.use(token.value, AS));
    expect(await tempid.usesInfo(token)).toEqual({ total: 12, used: 12, left: 0 });
  });

  it('a revocation is seen at once, and stays through every extension that comes at the same time', async () => {
    const token = await tempid.mint({ ...CLAIMS, maxUses: 5 });
    const extending = Array.from({ length: 5 }, () => codeOf(tempid.extend(token, { maxUses: 6 })));
    await tempid.revoke(token);
    expect(await codeOf(tempid.verifyOrThrow(token.value, AS))).toBe('TEMPID_REVOKED');
    await Promise.all(extending);
    expect(await codeOf(tempid.useOrThrow(token.value, AS))).toBe('TEMPID_REVOKED');
  });

  it.each(['purpose', 'subject', 'audience', 'sealed'])(
    'a row of which somebody has changed the column %s opens nothing',
    async (column) => {
      const token = await tempid.mint(CLAIMS);
      const table = dataSource.getRepository('TempIDIssued');
      await table.update({ id: token.id }, { [column]: 'changed' });
      expect(await codeOf(tempid.verifyOrThrow(token.value, AS))).toBe('TEMPID_TAMPERED');
    },
  );
});
