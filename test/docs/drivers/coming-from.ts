import { expect } from '@jest/globals';
import type { Type } from '@nestjs/common';
import { JwtService } from '@nestjs/jwt';
import { SignJWT } from 'jose';
import type { TempIDKind } from 'nestjs-tempid';
import { Users } from '../../../docs/yours/users.js';
import type { Questions } from './questions.js';

export const comingFrom: Readonly<Record<string, Questions>> = {
  'old-links.guard.ts': {
    'opens for a v2 token, and asks one of v3 for its purpose': async (example) => {
      const { tempid } = example;
      const post = async (text: string) => (await example.post('/reset', { token: text })).status;
      const v2 = await tempid.mint({ format: 'v2', maxUses: 1 });
      const right = await tempid.mint({ purpose: 'password-reset', maxUses: 1 });
      const other = await tempid.mint({ purpose: 'invite', maxUses: 1 });
      expect([await post(v2.value), await post(right.value)]).toEqual([201, 201]);
      expect([await post(v2.value), await post(other.value)]).toEqual([401, 401]);
    },
  },
  'tokenmint.module.ts': {
    'reads its own tokens in both formats, and a JWT once': async ({ tempid }) => {
      const options = { purpose: 'email-verify', subject: '20' } as const;
      const jwt = await tempid.mint({ ...options, format: 'jws' });
      const use = () => tempid.use(jwt.value, { purpose: 'email-verify' });
      expect([await use(), await use()]).toEqual([true, false]);
      const { value } = await tempid.mint(options);
      expect(await tempid.verify(value, { purpose: 'email-verify' })).toMatchObject({
        issuer: 'myapp.io',
        audience: 'myapp.web',
      });
    },
  },
  'jwt-pro.module.ts': {
    'reads a JWT without kid and iat, whose claims are the payload, once': async ({ tempid }) => {
      const claims = {
        user_id: '12345',
        name: 'John Doe',
        jti: 'a8f5f167f44f4964e6c998dee827110c',
      };
      const text = await new SignJWT(claims)
        .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
        .setExpirationTime('15m')
        .sign(Buffer.from(process.env['JWT_SECRET'] ?? ''));
      const token = await tempid.verify(text);
      expect(token?.payload).toEqual({ user_id: '12345', name: 'John Doe' });
      expect([await tempid.use(text), await tempid.use(text)]).toEqual([true, false]);
    },
  },
  'reset-tokens.ts': {
    'reads a JWT and a token of ours, which works once': async (example) => {
      const tokens = example.find(
        example.exports['ResetTokens'] as Type<{ userOf(text: string): Promise<string | null> }>,
      );
      const jwt = await example.app.get(JwtService).signAsync({ sub: '1' }, { expiresIn: '15m' });
      const options = { purpose: 'reset', subject: '2', maxUses: 1 } as const;
      const { value } = await example.tempid.mint(options);
      expect(await tokens.userOf(jwt)).toBe('1');
      expect(await tokens.userOf(`${jwt}x`)).toBeNull();
      expect([await tokens.userOf(value), await tokens.userOf(value)]).toEqual(['2', null]);
    },
  },
  'password-reset.kind.ts': {
    'dies when the password changes': async (example) => {
      const kind = example.exports['PasswordReset'] as TempIDKind<null>;
      const { value } = await example.tempid.mint(kind, null, { subject: '1' });
      expect(await example.tempid.verify(value, kind)).not.toBeNull();
      await example.find(Users).setPassword('1', 'another one');
      expect(await example.tempid.verify(value, kind)).toBeNull();
    },
  },
};
