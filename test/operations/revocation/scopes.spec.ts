import { describe, expect, it } from '@jest/globals';
import { idOf, issuanceOf } from '../../../src/operations/revocation/revocation-scopes.js';

describe('the scopes of a token', () => {
  it('a token with purpose and subject belongs to the scopes of the purpose, of the subject and of both', () => {
    const issuedAt = new Date('2026-01-01T12:00:00.250Z');
    const { at, scopes = [] } = issuanceOf({ purpose: 'reset', subject: '42', issuedAt }) ?? {};
    expect(at).toBe(issuedAt.getTime());
    expect(scopes).toEqual([
      idOf({ purpose: 'reset', subject: null }),
      idOf({ purpose: null, subject: '42' }),
      idOf({ purpose: 'reset', subject: '42' }),
    ]);
    expect(new Set(scopes.map((scope) => scope.length))).toEqual(new Set([32]));
    expect(issuanceOf({ purpose: 'reset', issuedAt })?.scopes).toHaveLength(1);
    expect(issuanceOf({ issuedAt })).toBeUndefined();
  });

  it('the id of a scope is the hash that docs/token-formats.md gives', () => {
    // printf 'nestjs-tempid group\\0["reset","42"]' | openssl dgst -sha256 -binary | basenc --base64url
    expect(idOf({ purpose: 'reset', subject: '42' })).toBe('nWWrIQmqfidz4uGOwRIGnKPTtPy-mkBZ');
  });

  it('a token without an issue time counts as issued before every revocation', () => {
    expect(issuanceOf({ subject: '42', issuedAt: null })?.at).toBe(0);
  });
});
