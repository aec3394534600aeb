import { expect } from '@jest/globals';
import type { Type } from '@nestjs/common';
import { Sms } from '../../../docs/yours/sms.js';
import type { User } from '../../../docs/yours/users.js';
import type { Questions } from './questions.js';

const ADA: User = { id: '1', email: 'ada@app.example', phone: '+15550100', passwordHash: '' };

const codeIn = (text = ''): string => /\d{6}/.exec(text)?.[0] ?? '';
const otherThan = (code: string): string =>
  code.replace(/.$/, (digit) => `${(Number(digit) + 1) % 10}`);

interface LoginCodes {
  send(user: User): Promise<string>;
  userOf(challenge: string, typed: string): Promise<string | null>;
}

export const codes: Readonly<Record<string, Questions>> = {
  'login-codes.ts': {
    'lets whoever types the code in, once': async (example) => {
      const service = example.find(example.exports['LoginCodes'] as Type<LoginCodes>);
      const challenge = await service.send(ADA);
      const code = codeIn(example.find(Sms).sent.at(-1)?.text);
      expect(await service.userOf(challenge, otherThan(code))).toBeNull();
      expect(await service.userOf(challenge, code)).toBe('1');
      expect(await service.userOf(challenge, code)).toBeNull();
    },
  },
  'code.controller.ts': {
    'tells a wrong code how many attempts are left, and signs a right one in': async (example) => {
      const minted = await example.tempid.mintCode({ purpose: 'login', subject: 'eve' });
      const challenge = minted.challenge.value;
      const wrong = await example.post('/login/code', { challenge, code: otherThan(minted.code) });
      expect(wrong).toMatchObject({
        status: 401,
        body: {
          statusCode: 401,
          error: 'Unauthorized',
          code: 'TEMPID_CODE',
          message: 'The code is not right.',
          attemptsLeft: 4,
        },
      });
      const right = await example.post('/login/code', { challenge, code: minted.formatted });
      expect(right.status).toBe(201);
      expect(right.headers.get('set-cookie')).toContain('connect.sid');
    },
  },
  'app.module.ts': {
    'signs in by the code of the mail': async (example) => {
      const { body } = await example.post('/login/ask', { email: ADA.email });
      const sent = (await example.call('Mailer', 'sent')) as { text: string }[];
      const answer = await example.post('/login/code', {
        ...Object(body),
        code: codeIn(sent.at(-1)?.text),
      });
      expect(answer.status).toBe(201);
      expect(answer.headers.get('set-cookie')).toContain('connect.sid');
    },
    'gives a challenge for an address that nobody has, and lets nobody in by it': async (
      example,
    ) => {
      const email = 'nobody@app.example';
      const asked = await example.post('/login/ask', { email });
      expect(asked).toMatchObject({ status: 201, body: { challenge: expect.any(String) } });
      const options = { purpose: 'login', subject: email };
      const minted = (await example.call('TempIDService', 'mintCode', options)) as object;
      const guessed = await example.post('/login/code', { ...minted, formatted: undefined });
      expect(guessed.status).toBe(401);
    },
    'sends no fourth code to one recipient, however the address is written': async (example) => {
      const ask = async (email: string) => (await example.post('/login/ask', { email })).status;
      const statuses: number[] = [];
      for (const email of ['bob@app.example', 'BOB@app.example', 'bob@APP.example']) {
        statuses.push(await ask(email));
      }
      expect(statuses).toEqual([201, 201, 201]);
      expect(await ask('bob@app.example')).toBe(429);
      expect(await ask('carol@app.example')).toBe(201);
    },
  },
};
