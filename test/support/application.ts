import { type INestApplicationContext, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { getDataSourceToken, TypeOrmModule, type TypeOrmModuleOptions } from '@nestjs/typeorm';
import { type DataSource, type EntityManager, EntitySchema } from 'typeorm';
import { TempIDModule, TempIDService, type TempIDStoreOption } from '../../src/index.js';
import { TypeOrmTempIDStore } from '../../src/stores/typeorm/index.js';
import type { Connect } from './databases.js';
import { DefaultLedger, withDefaultFormat } from './default-format.js';
import { SECRET } from './secrets.js';

interface Account {
  id: number;
  password: string;
}

export const ACCOUNT = {
  name: 'Account',
  tableName: 'accounts',
  columns: {
    id: { type: 'int', primary: true },
    password: { type: 'varchar', length: 20 },
  },
} as const;
export const Account = new EntitySchema<Account>(ACCOUNT);

@Module({})
class Root {}

/** An application whose link of one use changes the password of account 1. */
export class Application {
  private constructor(
    readonly context: INestApplicationContext,
    readonly tempid: TempIDService,
    readonly dataSource: DataSource,
    readonly connection: TypeOrmModuleOptions,
  ) {}

  static async start(
    connect: Connect,
    place: string,
    store: TempIDStoreOption = TypeOrmTempIDStore,
  ): Promise<Application> {
    const connection = await connect(place);
    const options = withDefaultFormat({ secret: SECRET, store, ledger: DefaultLedger });
    const imports = [
      TypeOrmModule.forRoot({ ...connection, entities: [Account] }),
      TempIDModule.forRoot(options),
    ];
    const context = await NestFactory.createApplicationContext(
      { module: Root, imports },
      { logger: false, abortOnError: false },
    );
    const dataSource = context.get<DataSource>(getDataSourceToken());
    await dataSource.getRepository(Account).save({ id: 1, password: 'old' });
    return new Application(context, context.get(TempIDService), dataSource, connection);
  }

  async password(): Promise<string | undefined> {
    return (await this.dataSource.getRepository(Account).findOneBy({ id: 1 }))?.password;
  }

  changePassword(manager: EntityManager, password: string): Promise<unknown> {
    return manager.update(Account, { id: 1 }, { password });
  }
}
