import { randomBytes, scryptSync } from 'node:crypto';
import { Injectable } from '@nestjs/common';

export interface User {
  readonly id: string;
  readonly email: string;
  readonly phone: string;
  readonly passwordHash: string;
}

/** Stands for your users, whose passwords you keep as hashes. This one has Ada in memory. */
@Injectable()
export class Users {
  private readonly users = new Map<string, User>([
    ['1', { id: '1', email: 'ada@app.example', phone: '+15550100', passwordHash: hash('old') }],
  ]);

  async findById(id: string): Promise<User | null> {
    return this.users.get(id) ?? null;
  }

  async findByEmail(email: string): Promise<User | null> {
    return [...this.users.values()].find((user) => user.email === email) ?? null;
  }

  async passwordHashOf(id: string): Promise<string | null> {
    return this.users.get(id)?.passwordHash ?? null;
  }

  async setPassword(id: string, password: string): Promise<void> {
    const user = this.users.get(id);
    if (user) this.users.set(id, { ...user, passwordHash: hash(password) });
  }
}

function hash(password: string): string {
  const salt = randomBytes(16);
  return `${salt.toString('base64')}:${scryptSync(password, salt, 32).toString('base64')}`;
}
