import { createHmac, generateKeyPairSync, type KeyObject } from 'node:crypto';
import type {
  TempIDModuleOptions,
  TempIDService,
  TempIDStore,
  TempIDWireFormat,
} from '../../src/index.js';
import type { TempIDError } from '../../src/common/errors.js';
import { createService } from './service.js';

export interface KeyPair {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

export const ed25519 = (): KeyPair => generateKeyPairSync('ed25519');
export const p256 = (): KeyPair => ec('P-256');
export const ec = (namedCurve: string): KeyPair => generateKeyPairSync('ec', { namedCurve });
export const rsa = (modulusLength = 2048): KeyPair => generateKeyPairSync('rsa', { modulusLength });

export const pemOf = (key: KeyObject) =>
  key.export({ type: key.type === 'private' ? 'pkcs8' : 'spki', format: 'pem' }).toString();

export const ED = ed25519();
export const EC = p256();
export const HMAC_SECRET = Buffer.alloc(64, 'a secret of 64 bytes ');

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
