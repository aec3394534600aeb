// A password reset: the new password, the spent link and the end of all sessions commit or roll back together.
// npm run example:transaction
import { Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { InjectDataSource, TypeOrmModule } from '@nestjs/typeorm';
import { defineTempID, TempIDModule, TempIDService } from 'nestjs-tempid';
import { TypeOrmTempIDStore } from 'nestjs-tempid/typeorm';
import { Column, DataSource, Entity, PrimaryColumn } from 'typeorm';

const Reset = defineTempID<{ userId: string }>({ purpose: 'reset', maxUses: 1 });
const Session = defineTempID({ purpose: 'session', expiresIn: '7d' });

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

  /** Changes the password by a link, once, and signs out everywhere. Whatever fails, all has happened or nothing. */
  async reset(link: string, password: string, notify: () => Promise<void>): Promise<void> {
    await this.dataSource.transaction(async (manager) => {
      const { payload } = await this.tempid.useOrThrow(link, Reset, { manager });
      await manager.update(User, { id: payload.userId }, { password });
      await this.tempid.revokeSubject({ purpose: Session, subject: payload.userId, manager });
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
      store: TypeOrmTempIDStore.register({ revocations: true }),
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
const link = await tempid.mint(Reset, { userId: 'ada' });
const session = await tempid.mint(Session, null, { subject: 'ada' });

const attempt = async (password: string, notify: () => Promise<void>) => {
  const outcome = await resets.reset(link.value, password, notify).then(
    () => 'done',
    ({ message }: Error) => `refused (${message})`,
  );
  const { password: now } = await users.findOneByOrFail({ id: 'ada' });
  const { left } = await tempid.usesInfo(link);
  const isSignedIn = await tempid.verify(session.value, Session, { checkUses: true });
  console.log(
    `${outcome}: the password is '${now}', the link has ${left} of 1 uses left, ` +
      `the session ${isSignedIn ? 'goes on' : 'has ended'}`,
  );
};

await attempt('lost', () => Promise.reject(new Error('the mail server is down')));
await attempt('new', () => Promise.resolve());
await attempt('newer', () => Promise.resolve());
await context.close();
