import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import {
  TempIDConfigurationError,
  TempIDFormatError,
  TempIDTamperedError,
} from '../common/errors.js';
import { Refusal } from '../common/refusal.js';
import type { Keyring } from '../keys/keyring.js';
import { PerSecret, type Secret } from '../keys/secret.js';
import { type Claims, NO_CLAIMS } from '../token/claims.js';
import type { DecodedToken } from '../token/decoded-token.js';
import { toUnverified, type UnverifiedTempID } from '../token/unverified-tempid.js';
import { decodeBase32, encodeBase32 } from './base32.js';
import type { TempIDCodec } from './codec.js';
import { fromJson, openPayload, sealPayload, toJson, toPayloadKey } from './v2-payload.js';

const PREFIX = 'TEMP-V2.';
const VERSION = 2;
const HEADER_LENGTH = 11;
const SIGNATURE_LENGTH = 12;
/** More characters than a header has. */
const MAX_HEADER_CHARACTERS = 32;
const MAX_USES = 255;
const EARLIEST = Date.UTC(2020, 0, 1) / 1_000;
const LATEST = Date.UTC(2100, 0, 1) / 1_000;

const NOT_IN_PARTS = new Refusal(
  TempIDFormatError,
  'A V2 token begins with TEMP-V2. and has 3 or 4 parts.',
);
const BAD_HEADER = new Refusal(TempIDFormatError, 'The header of the V2 token is malformed.');
const BAD_SIGNATURE = new Refusal(
  TempIDTamperedError,
  'The token was made with a secret that is not configured here, or was changed.',
);

/** The format of the Python package `tempid` 2.x: signed, the payload encrypted (docs/token-formats.md). */
export class V2Codec implements TempIDCodec {
  private readonly payloadKeys = new PerSecret(toPayloadKey);

  constructor(private readonly keyring: Keyring) {}

  recognizes(value: string): boolean {
    return value.startsWith(PREFIX);
  }

  encode(claims: Claims): DecodedToken {
    assertCarried(claims);
    const secret = this.keyring.newest;
    const parts = [encodeBase32(encodeHeader(claims))];
    const json = claims.payload && toJson(claims.payload);
    if (json) parts.push(encodeBase32(sealPayload(json, this.payloadKeys.of(secret))));
    const signed = PREFIX + parts.join('.');
    const id = sign(signed, secret);
    const payload = json && fromJson(json);
    return {
      value: `${signed}.${id}`,
      id,
      isCountable: true,
      format: 'v2',
      claims: { ...claims, issuedAt: null, payload },
      key: secret,
    };
  }

  decode(value: string): DecodedToken | Refusal {
    if (!this.recognizes(value)) return NOT_IN_PARTS;
    const parts = value.slice(PREFIX.length).split('.', 4);
    if (parts.length < 2 || parts.length > 3) return NOT_IN_PARTS;
    const id = parts.at(-1) ?? '';
    const secret = this.findSecret(value.slice(0, -id.length - 1), id);
    if (!secret) return BAD_SIGNATURE;

    const header = decodeHeader(parts[0] ?? '');
    if (!header) return BAD_HEADER;
    const payload =
      parts.length === 3 ? openPayload(parts[1] ?? '', this.payloadKeys.of(secret)) : null;
    if (payload instanceof Refusal) return payload;
    const claims = { ...NO_CLAIMS, ...header, payload };
    return { value, id, isCountable: true, format: 'v2', claims, key: secret };
  }

  readUnverified(value: string): UnverifiedTempID | null {
    if (!this.recognizes(value)) return null;
    const start = value.slice(PREFIX.length, PREFIX.length + MAX_HEADER_CHARACTERS);
    const [text = '', rest] = start.split('.');
    const header = rest === undefined ? null : decodeHeader(text);
    if (!header) return null;
    const { expiresAt, maxUses } = header;
    return toUnverified({ format: 'v2', expiresAt: new Date(expiresAt * 1_000), maxUses });
  }

  /** The token names no secret, so each is tried. */
  private findSecret(signed: string, signature: string): Secret | undefined {
    const received = Buffer.from(signature, 'utf8');
    return this.keyring.find((secret) => {
      const expected = Buffer.from(sign(signed, secret), 'ascii');
      return received.length === expected.length && timingSafeEqual(received, expected);
    });
  }
}

function sign(signed: string, { key }: Secret): string {
  const mac = createHmac('sha256', key).update(signed, 'utf8').digest();
  return encodeBase32(mac.subarray(0, SIGNATURE_LENGTH));
}

function assertCarried(claims: Claims): void {
  for (const name of ['notBefore', 'purpose', 'subject', 'audience', 'issuer'] as const) {
    if (claims[name] !== null) throw notCarried(name);
  }
  if (claims.binding !== null) throw notCarried('boundTo');
  if (claims.maxUses > MAX_USES) {
    throw new TempIDConfigurationError(
      `The format v2 carries at most ${MAX_USES} uses; got maxUses ${claims.maxUses}.`,
    );
  }
  if (!isExpiryInRange(claims.expiresAt)) {
    throw new TempIDConfigurationError('The format v2 carries an expiry from 2020 to 2100.');
  }
}

function notCarried(option: string): TempIDConfigurationError {
  return new TempIDConfigurationError(
    `The format v2 cannot carry '${option}': mint with the format v3, or without it.`,
  );
}

function encodeHeader({ expiresAt, maxUses }: Claims): Buffer {
  const header = Buffer.alloc(HEADER_LENGTH);
  header[0] = VERSION;
  header.writeUIntBE(expiresAt, 1, 5);
  randomBytes(4).copy(header, 6);
  header[10] = maxUses;
  return header;
}

function decodeHeader(text: string): { expiresAt: number; maxUses: number } | null {
  const header = decodeBase32(text);
  if (!header || header[0] !== VERSION) return null;
  const isLegacy = header.length === HEADER_LENGTH - 1;
  if (header.length !== HEADER_LENGTH && !isLegacy) return null;
  const expiresAt = header.readUIntBE(1, 5);
  if (!isExpiryInRange(expiresAt)) return null;
  return { expiresAt, maxUses: header[10] ?? 0 };
}

/** From 2020 to 2100, in Unix seconds. */
export function isExpiryInRange(expiresAt: number): boolean {
  return expiresAt >= EARLIEST && expiresAt <= LATEST;
}
