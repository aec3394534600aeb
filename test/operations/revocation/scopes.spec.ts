import { describe, expect, it } from '@jest/globals';
import { idOf, issueOf } from '../../../src/operations/revocation/revocation-scopes.js';

describe('The groups of a token', () => {
  it('are those of its purpose, of its subject and of both', () => {
    const issuedAt = new Date('2026-01-01T12:00:00.250Z');
    const { at, groups = [] } = issueOf({ purpose: 'reset', subject: '42', issuedAt }) ?? {};
    expect(at).toBe(issuedAt.getTime());
    expect(groups).toEqual([
      idOf({ purpose: 'reset', subject: null }),
      idOf({ purpose: null, subject: '42' }),
      idOf({ purpose: 'reset', subject: '42' }),
    ]);
    expect(new Set(groups.map((group) => group.length))).toEqual(new Set([32]));
    expect(issueOf({ purpose: 'reset', issuedAt })?.groups).toHaveLength(1);
    expect(issueOf({ issuedAt })).toBeUndefined();
  });

  it('have ids that docs/token-formats.md names', () => {
    // printf 'nestjs-tempid group\\0["reset","42"]' | openssl dgst -sha256 -binary | basenc --base64url
    expect(idOf({ purpose: 'reset', subject: '42' })).toBe('nWWrIQmqfidz4uGOwRIGnKPTtPy-mkBZ');
  });

  it('were revoked after a token that does not say when it was issued', () => {
    expect(issueOf({ subject: '42', issuedAt: null })?.at).toBe(0);
  });
});
