// A password reset whose change and whose spent link commit or roll back together: npm run example:transaction
import { Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { InjectDataSource, TypeOrmModule } from '@nestjs/typeorm';
import { defineTempID, TempIDModule, TempIDService } from 'nestjs-tempid';
import { TypeOrmTempIDStore } from 'nestjs-tempid/typeorm';
import { Column, DataSource, Entity, PrimaryColumn } from 'typeorm';

const Reset = defineTempID({ purpose: 'reset', maxUses: 1 });

@Entity()
class User {
  @PrimaryColumn('varchar')
  id!: string;

  @Column('varchar')
  password!: string;
}

@Injectable()
class ResetService {
  constructor(
    @InjectDataSource() private readonly dataSource: DataSource,
    private readonly tempid: TempIDService,
  ) {}

  /** Changes the password by a link, once. Whatever fails, both have happened or neither has. */
  async reset(link: string, password: string, notify: () => Promise<void>): Promise<void> {
    await this.dataSource.transaction(async (manager) => {
      const token = await this.tempid.useOrThrow(link, Reset, { manager });
      await manager.update(User, { id: token.subject }, { password });
      await notify();
    });
  }
}

@Module({
  imports: [
    TypeOrmModule.forRoot({
      type: 'better-sqlite3',
      database: ':memory:',
      entities: [User],
      autoLoadEntities: true,
      synchronize: true,
    }),
    TempIDModule.forRoot({
      secret: 'a secret of an example that is long enough',
      store: TypeOrmTempIDStore,
    }),
  ],
  providers: [ResetService],
})
class ExampleModule {}

const context = await NestFactory.createApplicationContext(ExampleModule, { logger: ['error'] });
const users = context.get(DataSource).getRepository(User);
const tempid = context.get(TempIDService);
const resets = context.get(ResetService);

await users.save({ id: 'ada', password: 'old' });
const link = await tempid.mint(Reset, null, { subject: 'ada' });

const attempt = async (password: string, notify: () => Promise<void>) => {
  const outcome = await resets.reset(link.value, password, notify).then(
    () => 'done',
    ({ message }: Error) => `refused (${message})`,
  );
  const { password: now } = await users.findOneByOrFail({ id: 'ada' });
  const { left } = await tempid.usesInfo(link);
  console.log(`${outcome}: the password is '${now}', the link has ${left} of 1 uses left`);
};

await attempt('lost', () => Promise.reject(new Error('the mail server is down')));
await attempt('new', () => Promise.resolve());
await attempt('newer', () => Promise.resolve());
await context.close();
