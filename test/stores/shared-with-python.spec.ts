import { readFileSync } from 'node:fs';
import { getDataSourceToken, TypeOrmModule } from '@nestjs/typeorm';
import { type INestApplicationContext, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { DataSource } from 'typeorm';
import { TempIDModule, TempIDService } from '../../src/index.js';
import { TempIDUse, TypeOrmTempIDStore } from '../../src/stores/typeorm/index.js';
import { concurrently } from '../../src/testing/support.js';
import { describeDatabases } from '../support/databases.js';

interface Vector {
  readonly name: string;
  readonly secret: string;
  readonly token: string;
  readonly expect: { readonly id?: string; readonly expiresAt?: number };
}

/** A token that the Python package has written: 50 uses, valid until 2096. */
const vectors: { cases: Vector[] } = JSON.parse(
  readFileSync('test/vectors/tempid-v2.json', 'utf8'),
);
const written = vectors.cases.find(({ name }) => name === 'empty object / secret 0 / uses 50');
if (!written) throw new Error('The vector is gone.');
const { secret, token, expect: expected } = written;
const { id = '', expiresAt = 0 } = expected;
const REVOKED = 2_147_483_647;

@Module({})
class Root {}

/** What the Python package does on the table `tempid_uses (token_id primary key, count, expires_at)`. */
class Python {
  private readonly table: string;

  constructor(private readonly dataSource: DataSource) {
    const names = dataSource.getMetadata(TempIDUse).tablePath.split('.');
    this.table = names.map((name) => dataSource.driver.escape(name)).join('.');
  }

  async use(): Promise<void> {
    const isMysql = ['mysql', 'mariadb'].includes(this.dataSource.options.type);
    const update = isMysql
      ? 'ON DUPLICATE KEY UPDATE count = count + 1'
      : 'ON CONFLICT (token_id) DO UPDATE SET count = uses.count + 1';
    const alias = isMysql ? '' : 'AS uses';
    await this.dataSource.query(
      `INSERT INTO ${this.table} ${alias} (token_id, count, expires_at) VALUES ('${id}', 1, ${expiresAt}) ${update}`,
    );
  }

  async row(): Promise<{ count: number; expires_at: number }> {
    const [row] = await this.dataSource.query(
      `SELECT count, expires_at FROM ${this.table} WHERE token_id = '${id}'`,
    );
    return { count: Number(row.count), expires_at: Number(row.expires_at) };
  }

  async write(statement: string): Promise<void> {
    await this.dataSource.query(
      `${statement.replace('uses', this.table)} WHERE token_id = '${id}'`,
    );
  }
}

describeDatabases('a v2 token and its count, shared with the Python package', (connect) => {
  let context: INestApplicationContext;
  let tempid: TempIDService;
  let python: Python;

  beforeAll(async () => {
    const imports = [
      TypeOrmModule.forRoot(await connect('python')),
      TempIDModule.forRoot({ secret, format: 'v2', store: TypeOrmTempIDStore }),
    ];
    context = await NestFactory.createApplicationContext(
      { module: Root, imports },
      { logger: false, abortOnError: false },
    );
    tempid = context.get(TempIDService);
    python = new Python(context.get<DataSource>(getDataSourceToken()));
  });

  afterAll(() => context.close());

  it('usesInfo counts the uses that Python has counted', async () => {
    await python.use();
    await python.use();
    expect(await tempid.usesInfo(token)).toEqual({ total: 50, used: 2, left: 48 });
  });

  it("Python's row has the uses and refunds from here, with the expiry that came first", async () => {
    expect(await tempid.use(token)).toBe(true);
    expect(await python.row()).toEqual({ count: 3, expires_at: expiresAt });
    await tempid.refund(token);
    expect((await python.row()).count).toBe(2);
  });

  it('concurrent uses from here and from Python add up exactly, and none is allowed here beyond maxUses', async () => {
    const [here] = await Promise.all([
      concurrently(60, () => tempid.use(token)),
      concurrently(20, () => python.use()),
    ]);
    // Python's statement here counts without a limit, so what was allowed here is what it left.
    const allowed = here.filter(Boolean).length;
    expect(allowed).toBeLessThanOrEqual(48);
    expect(allowed).toBeGreaterThanOrEqual(28);
    expect((await python.row()).count).toBe(2 + 20 + allowed);
    expect(await tempid.use(token)).toBe(false);
  });

  it("a token that is revoked here is revoked in Python's row, and one that Python revokes is refused here", async () => {
    await tempid.revoke(token);
    expect((await python.row()).count).toBe(REVOKED);
    await python.write(`UPDATE uses SET count = 0`);
    expect(await tempid.use(token)).toBe(true);
    await python.write(`UPDATE uses SET count = ${REVOKED}`);
    await expect(tempid.useOrThrow(token)).rejects.toMatchObject({ code: 'TEMPID_REVOKED' });
  });

  it('a first use from here makes a row that Python finds', async () => {
    await python.write('DELETE FROM uses');
    expect(await tempid.use(token)).toBe(true);
    const anHourLater = expiresAt + 3_600;
    expect(await python.row()).toEqual({ count: 1, expires_at: anHourLater });
  });
});
