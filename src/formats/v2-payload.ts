import { isUtf8 } from 'node:buffer';
import {
  createCipheriv,
  createDecipheriv,
  createSecretKey,
  type KeyObject,
  randomBytes,
} from 'node:crypto';
import { deflateSync, inflateSync } from 'node:zlib';
import {
  TempIDFormatError,
  TempIDTokenPayloadError,
  TempIDPayloadTooLargeError,
  TempIDTamperedError,
} from '../common/errors.js';
import { Refusal } from '../common/refusal.js';
import { deriveKey, type Secret } from '../keys/secret.js';
import type { JsonObject } from '../token/claims.js';
import { freezeJsonObject } from '../token/payload.js';
import { decodeBase32 } from './base32.js';

const NONCE_LENGTH = 12;
const TAG_LENGTH = 16;
const MAX_PAYLOAD_BYTES = 512;

const BAD_PAYLOAD = new Refusal(TempIDTamperedError, 'The payload of the token was changed.');
const NOT_FINITE = new Refusal(
  TempIDTokenPayloadError,
  'The payload of the token has NaN or Infinity, which JSON has not; Python writes them unless it is told allow_nan=False.',
);
const NOT_AN_OBJECT = new Refusal(TempIDFormatError, 'The payload of the token is no object.');

export function toPayloadKey({ key }: Secret): KeyObject {
  return createSecretKey(deriveKey(key, 'tempid-payload-enc-v2', 32));
}

export function toJson(payload: JsonObject): Buffer {
  const json = Buffer.from(JSON.stringify(payload), 'utf8');
  if (json.length <= MAX_PAYLOAD_BYTES) return json;
  throw new TempIDPayloadTooLargeError(
    `The payload has ${json.length} bytes of JSON; the format v2 carries ${MAX_PAYLOAD_BYTES}.`,
  );
}

/** The frozen payload, or null where the JSON is no object. */
export function fromJson(json: Buffer): JsonObject | null {
  return freezeJsonObject(JSON.parse(json.toString('utf8')));
}

export function sealPayload(json: Buffer, payloadKey: KeyObject): Buffer {
  const nonce = randomBytes(NONCE_LENGTH);
  const cipher = createCipheriv('aes-256-gcm', payloadKey, nonce, { authTagLength: TAG_LENGTH });
  const ciphertext = Buffer.concat([cipher.update(deflateSync(json)), cipher.final()]);
  return Buffer.concat([nonce, ciphertext, cipher.getAuthTag()]);
}

/** The payload of a token whose signature is right. */
export function openPayload(text: string, payloadKey: KeyObject): JsonObject | Refusal {
  const json = decrypt(text, payloadKey);
  if (!json || !isUtf8(json)) return BAD_PAYLOAD;
  try {
    return fromJson(json) ?? NOT_AN_OBJECT;
  } catch {
    return isPythonJson(json) ? NOT_FINITE : BAD_PAYLOAD;
  }
}

function decrypt(text: string, payloadKey: KeyObject): Buffer | null {
  const sealed = decodeBase32(text);
  if (!sealed || sealed.length < NONCE_LENGTH + TAG_LENGTH) return null;
  try {
    const nonce = sealed.subarray(0, NONCE_LENGTH);
    const decipher = createDecipheriv('aes-256-gcm', payloadKey, nonce, {
      authTagLength: TAG_LENGTH,
    });
    decipher.setAuthTag(sealed.subarray(-TAG_LENGTH));
    const compressed = decipher.update(sealed.subarray(NONCE_LENGTH, -TAG_LENGTH));
    decipher.final();
    return inflateSync(compressed, { maxOutputLength: MAX_PAYLOAD_BYTES });
  } catch {
    return null;
  }
}

/** Whether it would be JSON, were it not for NaN and the infinities of Python's json.dumps. */
function isPythonJson(json: Buffer): boolean {
  const text = json.toString('utf8');
  const finite = text.replace(STRING_OR_NOT_FINITE, (part) => (part.startsWith('"') ? part : '0'));
  return finite !== text && isJson(finite);
}

const STRING_OR_NOT_FINITE = /"(?:[^"\\]|\\.)*"|\bNaN\b|-?\bInfinity\b/g;

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
