import { expect } from '@jest/globals';
import type { Type } from '@nestjs/common';
import type { TempID, TempIDKind } from 'nestjs-tempid';
import { Users } from '../../../docs/yours/users.js';
import type { Running } from '../support/run.js';
import { mailedPath } from './mails.js';
import type { Questions } from './questions.js';

const SINCE = '2026-01-01T00:00:00.000Z';

const mailedToken = (example: Running) =>
  new URLSearchParams(mailedPath(example).split('?')[1]).get('token');

export const kinds: Readonly<Record<string, Questions>> = {
  'password.controller.ts': {
    'changes the password by a link, and a short one costs no use': async (example) => {
      const users = example.find(Users);
      const old = await users.passwordHashOf('1');
      await example.post('/password/forgot', { email: 'ada@app.example' });
      const token = mailedToken(example);
      const reset = (password: string) => example.post('/password/reset', { token, password });

      expect(await reset('short')).toMatchObject({ status: 400 });
      expect(await users.passwordHashOf('1')).toBe(old);
      expect(await reset('long enough to be one')).toMatchObject({ status: 201 });
      expect(await users.passwordHashOf('1')).not.toBe(old);
      expect(await reset('another one, which is late')).toMatchObject({
        status: 401,
        body: { code: 'TEMPID_EXHAUSTED' },
      });
    },
  },
  'invites.kind.ts': {
    'has kinds whose schemas refuse a payload that does not fit': async (example) => {
      for (const kind of Object.values(example.exports) as TempIDKind<object>[]) {
        const { payload } = await example.tempid.mint(kind, { team: 'red', since: SINCE });
        expect(payload).toHaveProperty('team', 'red');
        const wrong = example.tempid.mint(kind, { team: 7, since: SINCE });
        await expect(wrong).rejects.toHaveProperty('code', 'TEMPID_PAYLOAD');
      }
    },
  },
  'invite.kind.ts': {
    'gives the Date back that it was minted with': async (example) => {
      interface Invites {
        create(team: string, since: Date): Promise<TempID>;
        read(text: string): Promise<unknown>;
      }
      const invites = example.find(example.exports['Invites'] as Type<Invites>);
      const token = await invites.create('red', new Date(SINCE));
      const read = await invites.read(token.value);
      expect(read).toEqual({ team: 'red', since: new Date(SINCE) });
      expect(read).toBeInstanceOf(example.exports['Invitation']);
      expect(await invites.read('garbage')).toBeNull();
    },
  },
  'password.module.ts': {
    'makes a link that dies when the password changes': async (example) => {
      const BoundReset = example.exports['BoundReset'] as TempIDKind<{ userId: string }>;
      const { value } = await example.tempid.mint(BoundReset, { userId: '1' });
      expect(await example.tempid.verify(value, BoundReset)).not.toBeNull();
      await example.find(Users).setPassword('1', 'another one');
      expect(await example.tempid.verify(value, BoundReset)).toBeNull();
    },
  },
};
