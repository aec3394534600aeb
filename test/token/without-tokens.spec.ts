import { describe, expect, it } from '@jest/globals';
import { errorWithoutTokens, withoutTokens } from '../../src/token/without-tokens.js';

const V3 = 'TEMP-V3.a1B2c3.c2VhbGVkLWNsYWltcw';
const V2 = 'TEMP-V2.AF4WQ2Z7AB.C5DEFGH2AB.IJKLMNOPQRSTUVWXYZ';
const V1 = '65a1b2c3-d4e5f6-0a1b2c3d';
const SHORT = 'tid_0123456789ABCDEFGHIJKL';
const JWS = 'eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiI3In0.c2lnbmF0dXJl';
const JWE = 'eyJhbGciOiJkaXIifQ..aXYtaXYtaXY.Y2lwaGVy.dGFnLXRhZw';

const encoded = (text: string) =>
  text.replaceAll(/./g, (each) => `%${(each.codePointAt(0) ?? 0).toString(16)}`);

describe('a text for the log', () => {
  it.each([V3, V2, V1, SHORT, JWS, JWE])(
    'a text for the log has no token, also where none is known: %s',
    (token) => {
      const ways = [token, token.toLowerCase(), encoded(token), encodeURIComponent(encoded(token))];
      for (const way of token.startsWith('eyJ') ? ways.filter((each) => each !== ways[1]) : ways) {
        const text = withoutTokens(`GET /login?next=/x&token=${way}&a=1 "${way}" failed`, []);
        expect(text).toBe('GET /login?next=/x&token=[token]&a=1 "[token]" failed');
      }
    },
  );

  it('a text for the log has no known token, in any case, encoded, and within something else', () => {
    const known = 'an.opaque-token_of~somebody';
    for (const way of [known, known.toUpperCase(), encoded(known)]) {
      expect(withoutTokens(`no ${way} here`, [known])).toBe('no [token] here');
      expect(withoutTokens(`no ${known} here`, [way])).toBe('no [token] here');
    }
    expect(withoutTokens(`no x-${known}.png here`, [known])).toBe('no x-[token].png here');
    expect(withoutTokens(`no x-${encoded(known)}.png`, [known])).toBe('no [token]');
    expect(withoutTokens('a token with spaces, of somebody', ['token with spaces'])).toBe(
      'a [token], of somebody',
    );
  });

  it('a text for the log has no token that is cut', () => {
    for (const cut of [V3.slice(0, 20), V2.slice(0, -3), V2.slice(3)]) {
      expect(withoutTokens(`no ${cut} here`, [cut])).toBe('no [token] here');
    }
    expect(withoutTokens(`no ${V3.slice(0, -5)}… here`, [])).toBe('no [token]… here');
  });

  it('a text for the log says all else', () => {
    const text =
      'Error: no partial for /settings/profile at file:///srv/app/dist/links/link-page.filter.js:10:7, ' +
      'user 123e4567-e89b-12d3-a456-426614174000, A V2 token begins with TEMP-V2. and has 3 or 4 parts, 100%';
    expect(withoutTokens(text, [])).toBe(text);
    // What is too short to be a token is no secret, and would leave nothing of the text.
    expect(withoutTokens('no template', ['e', '', undefined])).toBe('no template');
  });

  it('removing tokens from a text takes time that grows with it, whatever is in it', () => {
    const hostile = ['eyj-'.repeat(50_000), '%25'.repeat(60_000), 'a.'.repeat(100_000)];
    for (const text of hostile) expect(withoutTokens(text, [text]).length).toBeLessThan(200_001);
  });
});

describe('an error of the application', () => {
  it('an error stays the same error, of which only what tells a token is changed', () => {
    class OwnError extends RangeError {
      readonly details = 7;
    }
    const cause = new Error(`inner ${V3}`);
    const error = new OwnError(`outer ${V3}`, { cause });
    cause.cause = error;
    expect(errorWithoutTokens(error, [])).toBe(error);
    expect([error.message, cause.message]).toEqual(['outer [token]', 'inner [token]']);
    expect(`${error.stack}${cause.stack}`).not.toContain(V3);
    expect(error.stack).toContain('without-tokens.spec');
    expect(error).toMatchObject({ details: 7 });
  });

  it('an error that tells no token is left alone', () => {
    const error = Object.freeze(new Error('no connection'));
    expect(errorWithoutTokens(error, [V3])).toBe(error);
    for (const other of [undefined, null, 7, { token: V3 }]) {
      expect(errorWithoutTokens(other, [V3])).toBe(other);
    }
    expect(errorWithoutTokens(`text ${V3}`, [])).toBe('text [token]');
  });
});
