import { createHmac, generateKeyPairSync, type KeyObject } from 'node:crypto';
import type {
  TempIDModuleOptions,
  TempIDService,
  TempIDStore,
  TempIDWireFormat,
} from '../../src/index.js';
import type { TempIDError } from '../../src/errors.js';
import type { JwsAlgorithm } from '../../src/jwt/index.js';
import { createService } from './service.js';

export interface KeyPair {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

export const ed25519 = (): KeyPair => generateKeyPairSync('ed25519');
export const p256 = (): KeyPair => generateKeyPairSync('ec', { namedCurve: 'P-256' });

export const pemOf = (key: KeyObject) =>
  key.export({ type: key.type === 'private' ? 'pkcs8' : 'spki', format: 'pem' }).toString();

export const ED = ed25519();
export const EC = p256();
export const HMAC_SECRET = Buffer.alloc(64, 'a secret of 64 bytes ');

/** What signs and what verifies, of one key of each algorithm. */
export const ALGORITHMS: readonly (readonly [JwsAlgorithm, object])[] = [
  ['HS256', { secret: HMAC_SECRET }],
  ['HS384', { secret: HMAC_SECRET, alg: 'HS384' }],
  ['HS512', { secret: HMAC_SECRET, alg: 'HS512' }],
  ['EdDSA', { privateKey: ED.privateKey }],
  ['ES256', { privateKey: EC.privateKey }],
];

/** A service that writes and reads one JWT format. */
export function serviceOf(
  format: TempIDWireFormat,
  options: TempIDModuleOptions & { secret?: never } = {},
  store?: TempIDStore,
): TempIDService {
  const { name } = format;
  return createService({ formats: [format], format: name, accept: [name], ...options }, store);
}

/** A part of a token, from JSON or bytes. */
export const part = (value: unknown) =>
  Buffer.from(
    value instanceof Uint8Array ? value : typeof value === 'string' ? value : JSON.stringify(value),
  ).toString('base64url');

export const decodePart = (token: string, index: number): Record<string, unknown> =>
  JSON.parse(Buffer.from(token.split('.')[index] ?? '', 'base64url').toString());

/** A JWS by HMAC-SHA-256, put together by hand: nothing checks what is in it. */
export function signByHand(
  header: unknown,
  payload: unknown,
  secret: Uint8Array = HMAC_SECRET,
): string {
  const input = `${part(header)}.${part(payload)}`;
  return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`;
}

/** The code and the message of the error that a token is refused with, or `accepted`. */
export async function whyNot(tempid: TempIDService, value: string): Promise<string> {
  return tempid.verifyOrThrow(value).then(
    () => 'accepted',
    ({ code, message }: TempIDError) => `${code}: ${message}`,
  );
}
