import { describe, expect, it } from '@jest/globals';
import { idOf, issuanceOf } from '../../../src/operations/revocation/revocation-scopes.js';

describe('The scopes of a token', () => {
  it('are those of its purpose, of its subject and of both', () => {
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

  it('have ids that docs/token-formats.md names', () => {
    // printf 'nestjs-tempid group\\0["reset","42"]' | openssl dgst -sha256 -binary | basenc --base64url
    expect(idOf({ purpose: 'reset', subject: '42' })).toBe('nWWrIQmqfidz4uGOwRIGnKPTtPy-mkBZ');
  });

  it('were revoked after a token that does not say when it was issued', () => {
    expect(issuanceOf({ subject: '42', issuedAt: null })?.at).toBe(0);
  });
});
