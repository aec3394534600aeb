import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository } from 'typeorm';
import { Account } from './account.entity.js';
import { hashPassword, passwordMatches } from './password-hash.js';

/** The account that is there from the first start on. */
export const DEMO = { email: 'ada@example.com', password: 'analytical engine' } as const;

@Injectable()
export class Accounts implements OnApplicationBootstrap {
  /** Compared with where there is no account, so that the time taken does not tell. */
  private readonly hashOfNobody = hashPassword('');

  constructor(@InjectRepository(Account) private readonly accounts: Repository<Account>) {}

  async onApplicationBootstrap(): Promise<void> {
    if (await this.find(DEMO.email)) return;
    const passwordHash = await hashPassword(DEMO.password);
    const account = { email: DEMO.email, passwordHash };
    await this.accounts.createQueryBuilder().insert().values(account).orIgnore().execute();
  }

  async find(email: string): Promise<Account | null> {
    return this.accounts.findOneBy({ email: email.toLowerCase() });
  }

  /** null where there is no such account. */
  async passwordHashOf(id: number): Promise<string | null> {
    return (await this.accounts.findOneBy({ id }))?.passwordHash ?? null;
  }

  async passwordIs(email: string, password: string): Promise<boolean> {
    const account = await this.find(email);
    const matches = await passwordMatches(
      password,
      account?.passwordHash ?? (await this.hashOfNobody),
    );
    return account !== null && matches;
  }

  async changePassword(id: number, password: string): Promise<void> {
    await this.accounts.update({ id }, { passwordHash: await hashPassword(password) });
  }
}
