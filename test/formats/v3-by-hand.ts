import assert from 'node:assert/strict';
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { decode as decodeWithCborg, encode as encodeWithCborg, rfc8949EncodeOptions } from 'cborg';
import type { Claims } from '../../src/token/claims.js';
import type { DecodedToken } from '../../src/token/decoded-token.js';
import { V3Codec } from '../../src/formats/v3.codec.js';
import { Keyring } from '../../src/keys/keyring.js';
import { resolveSecrets } from '../../src/keys/secrets.js';
import { Refusal } from '../../src/common/refusal.js';
import { SECRET } from '../support/secrets.js';

export const EXPIRES_AT = 4_000_000_000;
export const ISSUED_AT = 1_750_000_000;
export const BARE: Claims = {
  expiresAt: EXPIRES_AT,
  issuedAt: ISSUED_AT * 1_000,
  notBefore: null,
  maxUses: 0,
  payload: null,
  purpose: null,
  subject: null,
  audience: null,
  issuer: null,
  binding: null,
};
export const FULL: Claims = {
  expiresAt: EXPIRES_AT,
  issuedAt: ISSUED_AT * 1_000 + 123,
  notBefore: 1_750_000_100,
  maxUses: 2_147_483_646,
  payload: { userId: 42, tags: ['a', 1.5, -0, null, { ü: true }] },
  purpose: 'password-reset',
  subject: 'user-42',
  audience: 'app.example',
  issuer: 'auth.example',
  binding: Buffer.from('000102030405060708090a0b0c0d0e0f', 'hex'),
};

export const codecWith = (...secrets: string[]) =>
  new V3Codec(new Keyring(resolveSecrets(secrets.map((secret) => Buffer.from(secret)))));
export const codec = codecWith(SECRET);

/** As the service reads a token: the codec is asked only where it recognizes the string. */
export function read(reader: V3Codec, value: string): DecodedToken | string {
  if (!reader.recognizes(value)) return 'TEMPID_FORMAT';
  const result = reader.decode(value);
  return result instanceof Refusal ? result.toError().code : result;
}

const derive = (secret: string, info: string, length: number) =>
  Buffer.from(hkdfSync('sha256', secret, '', info, length));

/** The AES-256-GCM key of https://c2sp.org/XAES-256-GCM, written down step by step. */
function xaesKey(key: Buffer, nonce: Buffer): Buffer {
  const aes = (block: bigint) =>
    createCipheriv('aes-256-ecb', key, null)
      .setAutoPadding(false)
      .update(Buffer.from(block.toString(16).padStart(32, '0'), 'hex'));
  const l = BigInt(`0x${aes(0n).toString('hex')}`);
  const k1 = BigInt.asUintN(128, l << 1n) ^ (l >> 127n === 1n ? 0x87n : 0n);
  const message = (counter: string) => BigInt(`0x${counter}5800${nonce.toString('hex', 0, 12)}`);
  return Buffer.concat([aes(message('0001') ^ k1), aes(message('0002') ^ k1)]);
}

/** Sealed as a V3 token is, with another info of the HKDF and other additional data. */
export function sealAs(
  secret: string,
  { info, label, context = '' }: { info: string; label: string; context?: string },
  claims: Uint8Array,
  nonce: Buffer,
): string {
  const kid = derive(secret, 'tempid v3 key id', 4);
  const key = xaesKey(derive(secret, info, 32), nonce);
  const cipher = createCipheriv('aes-256-gcm', key, nonce.subarray(12));
  cipher.setAAD(Buffer.concat([Buffer.from(label), kid, Buffer.from(context)]));
  const sealed = Buffer.concat([cipher.update(claims), cipher.final(), cipher.getAuthTag()]);
  return Buffer.concat([kid, nonce, sealed]).toString('base64url');
}

export function sealByHand(claims: Uint8Array, nonce = randomBytes(24)): string {
  const as = { info: 'tempid v3 encryption', label: 'TEMP-V3.' };
  return `TEMP-V3.${sealAs(SECRET, as, claims, nonce)}`;
}

export function openByHand(value: string): Map<number, unknown> {
  const bytes = Buffer.from(value.slice('TEMP-V3.'.length), 'base64url');
  const [kid, nonce, sealed] = [bytes.subarray(0, 4), bytes.subarray(4, 28), bytes.subarray(28)];
  assert.deepEqual(kid, derive(SECRET, 'tempid v3 key id', 4));
  const key = xaesKey(derive(SECRET, 'tempid v3 encryption', 32), nonce);
  const decipher = createDecipheriv('aes-256-gcm', key, nonce.subarray(12));
  decipher.setAAD(Buffer.concat([Buffer.from('TEMP-V3.'), kid]));
  decipher.setAuthTag(sealed.subarray(-16));
  const claims = Buffer.concat([decipher.update(sealed.subarray(0, -16)), decipher.final()]);
  return decodeWithCborg(claims, { strict: true, useMaps: true, rejectDuplicateMapKeys: true });
}

/** A token that another implementation made: the required claims, and these. */
export function tokenWith(
  claims: readonly (readonly [key: unknown, value: unknown])[],
  nonce = randomBytes(24),
): string {
  const map = new Map<unknown, unknown>([[4, EXPIRES_AT], [6, ISSUED_AT], ...claims]);
  return sealByHand(encodeWithCborg(map, rfc8949EncodeOptions), nonce);
}
