import { expect } from '@jest/globals';
import { createLocalJWKSet, decodeProtectedHeader } from 'jose';
import { NestFactory } from '@nestjs/core';
import { TempIDModule, TempIDService } from 'nestjs-tempid';
import { jws } from 'nestjs-tempid/jwt';
import type { Questions } from './questions.js';

const TICKET = { purpose: 'ticket', audience: 'door', payload: { seat: '7A' } } as const;

export const jwt: Readonly<Record<string, Questions>> = {
  'app.module.ts': {
    'signs by Ed25519, and publishes the key': async (example) => {
      const { value } = await example.tempid.mint(TICKET);
      expect(decodeProtectedHeader(value)).toEqual({ alg: 'EdDSA', kid: '2026-01', typ: 'JWT' });
      const response = await fetch(`${example.url}/.well-known/jwks.json`);
      const published = (await response.json()) as { keys: object[] };
      expect(published.keys).toMatchObject([{ kid: '2026-01', crv: 'Ed25519' }]);
    },
  },
  'formats.ts': {
    'signs by the first key, and encrypts': async ({ exports }) => {
      const formats = [exports['signed'], exports['encrypted']] as ReturnType<typeof jws>[];
      const root = TempIDModule.forRoot({ formats, format: 'jws', accept: ['jws', 'jwe'] });
      const app = await NestFactory.createApplicationContext(root);
      const tempid = app.get(TempIDService);
      const signed = await tempid.mint();
      const encrypted = await tempid.mint({ format: 'jwe' });
      expect(decodeProtectedHeader(signed.value)).toMatchObject({ kid: '2026-01', alg: 'EdDSA' });
      expect(decodeProtectedHeader(encrypted.value)).toMatchObject({ kid: 'k2', enc: 'A256GCM' });
    },
  },
  'door.ts': {
    'lets a ticket for the door in, and none of another purpose': async ({ exports }) => {
      const privateKey = process.env['TICKET_KEY'] ?? '';
      const root = TempIDModule.forRoot({
        issuer: 'https://tickets.example',
        formats: [jws({ keys: [{ kid: '2026-01', privateKey }] })],
        format: 'jws',
        accept: ['jws'],
      });
      const tempid = (await NestFactory.createApplicationContext(root)).get(TempIDService);
      const keys = createLocalJWKSet(await tempid.jwks());
      const seatOf = exports['seatOf'] as (token: string, keys: unknown) => Promise<string>;
      const ticket = await tempid.mint(TICKET);
      const other = await tempid.mint({ ...TICKET, purpose: 'other' });
      expect(await seatOf(ticket.value, keys)).toBe('7A');
      await expect(seatOf(other.value, keys)).rejects.toThrow('another purpose');
    },
  },
  'shared.module.ts': {
    'lets a token through once': async ({ tempid }) => {
      const { value } = await tempid.mint({ purpose: 'email-verify' });
      const use = () => tempid.use(value, { purpose: 'email-verify' });
      expect([await use(), await use()]).toEqual([true, false]);
    },
  },
};
