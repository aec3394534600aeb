import { createHash } from 'node:crypto';
import { encode as encodeWithCborg, rfc8949EncodeOptions } from 'cborg';
import { type KeptToken, ShortCodec } from '../../src/formats/short.codec.js';
import { Refusal } from '../../src/common/refusal.js';
import { Keyring } from '../../src/keys/keyring.js';
import { resolveSecrets } from '../../src/keys/secrets.js';
import type { Claims } from '../../src/token/claims.js';
import type { DecodedToken } from '../../src/token/decoded-token.js';
import { SECRET } from '../support/secrets.js';
import { sealAs } from './v3-by-hand.js';

/** The id of a token by the description of the format. */
export function idByHand(token: string): string {
  const digest = createHash('sha256').update('nestjs-tempid short\0').update(token).digest();
  return digest.subarray(0, 24).toString('base64url');
}

/** What is kept as `sealed`, by the description of the format. */
export function sealShortByHand(
  token: string,
  claims: ReadonlyMap<number, unknown>,
  nonce: Buffer,
  secret = SECRET,
): string {
  const as = { info: 'tempid short encryption', label: 'tid_', context: idByHand(token) };
  return sealAs(secret, as, encodeWithCborg(claims, rfc8949EncodeOptions), nonce);
}

/** What a ledger keeps of these claims. */
export function keptOf(claims: Claims, sealed: string | null): KeptToken {
  const { purpose, subject, audience, issuedAt, notBefore, expiresAt, maxUses } = claims;
  const listed = { purpose, subject, audience, issuedAt, notBefore, expiresAt, maxUses };
  return { format: 'short', sealed, ...listed };
}

/** A codec and what is kept for it, by ids, with the questions that it has asked. */
export function shortCodec(...secrets: string[]) {
  const rows = new Map<string, KeptToken>();
  const asked: string[] = [];
  const keyring = new Keyring(
    resolveSecrets((secrets.length > 0 ? secrets : [SECRET]).map((each) => Buffer.from(each))),
  );
  const codec = new ShortCodec(keyring, async (id) => {
    asked.push(id);
    return rows.get(id) ?? null;
  });
  const mint = (claims: Claims) => {
    const token = codec.encode(claims);
    rows.set(token.id, keptOf(token.claims, token.sealed ?? null));
    return token;
  };
  /** As the service reads a token: the codec is asked only where it recognizes the string. */
  const read = async (value: string): Promise<DecodedToken | string> => {
    if (!codec.recognizes(value)) return 'TEMPID_FORMAT';
    const result = await codec.decode(value);
    return result instanceof Refusal ? result.toError().code : result;
  };
  return { codec, rows, asked, mint, read };
}
