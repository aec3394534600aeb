import { describe, expect, it } from '@jest/globals';
import { fromBody, fromHeader, fromParam, fromQuery } from '../../src/index.js';
import { formAction } from '../../src/pages/page-of-link.js';

const TOKEN = 'TEMP-V3.kid.c2VhbGVk';

const actionOf = (url: string, extract = [fromQuery('token')], values = [TOKEN]) =>
  formAction(url, { values, extract });

describe('where the form of a page posts to', () => {
  it.each([
    [`/login?token=${TOKEN}`, './login'],
    [`/login?next=%2Fsettings&token=${TOKEN}`, './login?next=%2Fsettings'],
    [`/login?a=1&token=${TOKEN}&b=2`, './login?a=1&b=2'],
    [`/v1/login/?token=${TOKEN}&a`, './?a'],
    [`/login?token=${TOKEN}`, './login'],
    ['/login?', './login'],
    ['/login', './login'],
    ['', './'],
  ])('the form of a link posts to the address without the token: %s', (url, action) => {
    expect(actionOf(url)).toBe(action);
  });

  it.each([
    'a=1&a=2',
    'tags[]=x&tags[]=y&tags[0][z]=1',
    'empty=&flag&=nameless',
    'space=a+b%20c&utf8=%C3%A4&latin=%E4&bad=%zz&plus=%2B',
    'a=1&&b=2&',
    'q=?x=1?&url=https%3A%2F%2Fapp.example%2F%3Ftoken%3Dx',
    '__proto__=1&constructor=2',
    'mytoken=1&token2=2&TOKEN=3&to%20ken=4',
  ])(
    'the form of a link keeps all other parameters as they are written, in their order: %s',
    (query) => {
      expect(actionOf(`/login?${query}`)).toBe(`./login?${query}`);
      expect(actionOf(`/login?token=${TOKEN}&${query}`)).toBe(`./login?${query}`);
    },
  );

  it('the token is removed from the address however its name is written, and as often as it is there', () => {
    const written = ['token=x', '%74oken=x', 'toke%6E=x', 'token=', 'token'];
    expect(actionOf(`/login?a=1&${written.join('&')}&b=2`)).toBe('./login?a=1&b=2');
    expect(actionOf(`/login?a+b=${TOKEN}x&c=1`, [fromQuery('a b')])).toBe('./login?c=1');
  });

  it('whatever the route looks for in the query is removed from the address', () => {
    const extract = [fromQuery('t'), fromHeader('x-token'), fromQuery('key'), fromBody('b')];
    expect(actionOf('/login?t=1&key=2&token=3&b=4&x-token=5', extract)).toBe(
      './login?token=3&b=4&x-token=5',
    );
  });

  it('what an extractor of the application has found is removed from the address', () => {
    const encoded = TOKEN.replaceAll('-', '%2d');
    expect(actionOf(`/login?k[0]=${encoded}&a=1`, [() => TOKEN])).toBe('./login?a=1');
    expect(actionOf(`/login?k=old%20way&a=1`, [() => TOKEN], [TOKEN, 'old way'])).toBe(
      './login?a=1',
    );
  });

  it('a token in the path stays in the address of the form', () => {
    expect(actionOf(`/join/${TOKEN}?next=%2Fx`, [fromParam('token')])).toBe(`./${TOKEN}?next=%2Fx`);
  });

  it('the address of the form ends before a fragment, and a long query is taken', () => {
    expect(actionOf(`/login?a=1&token=${TOKEN}#b?c&token=d`)).toBe('./login?a=1');
    expect(actionOf('/login#a?b=1')).toBe('./login');
    const long = Array.from({ length: 5_000 }, (_, index) => `p${index}=${index}`).join('&');
    expect(actionOf(`/login?${long}&token=${TOKEN}`)).toBe(`./login?${long}`);
  });

  it('the address of the form never leads to another origin or runs a script', () => {
    const base = 'https://app.example/sub/page';
    const paths = [
      '//evil.example',
      '/javascript:alert(1)',
      '/a/\\evil.example',
      '/http:x',
      '/?x:',
    ];
    for (const path of paths) {
      const { origin, protocol } = new URL(actionOf(path), base);
      expect([origin, protocol]).toEqual(['https://app.example', 'https:']);
    }
  });
});
