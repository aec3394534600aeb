import { describe, expect, it } from '@jest/globals';
import { ExecutionContextHost } from '@nestjs/core/helpers/execution-context-host.js';
import { TempIDConfigurationError } from '../../src/index.js';
import { nameOfForm } from '../../src/requests/posted-form.js';

const TOKEN = 'TEMP-V3.token-of-this-test';

class JoinController {
  join(): void {}
  leave(): void {}
}
const { join, leave } = JoinController.prototype;

interface Sent {
  readonly method?: string;
  readonly url?: string;
  readonly hostname?: string;
  readonly headers?: Record<string, string>;
  readonly body?: unknown;
}

function nameOf(sent: Sent, token = TOKEN, handler = join): string | undefined {
  const headers = { 'content-type': 'application/json', 'content-length': '2', ...sent.headers };
  const request = { method: 'POST', url: '/join', ...sent, headers };
  return nameOfForm(new ExecutionContextHost([request, {}], JoinController, handler), token);
}

const ofBody = (body: unknown) => nameOf({ body });

describe('the name of a posted form', () => {
  it('is the same for the same request, in whatever order its fields are', () => {
    const one = { a: '1', b: { c: [1, { d: null, e: true }], f: 'x' } };
    const other = { b: { f: 'x', c: [1, { e: true, d: null }] }, a: '1' };
    expect(ofBody(one)).toBe(ofBody(other));
    expect(ofBody(one)).toMatch(/^form:[\w-]{43}$/);
    expect(ofBody(Object.assign(Object.create(null), one))).toBe(ofBody(one));
    expect(nameOf({ body: one }, ` “${TOKEN}”.`)).toBe(ofBody(one));
    expect(nameOf({ body: one, headers: { cookie: 'a=b', 'user-agent': 'x' } })).toBe(ofBody(one));
  });

  it('differs with the token, the handler, the method, the address and who is logged in by a header', () => {
    const body = { a: '1' };
    const names = [
      nameOf({ body }),
      nameOf({ body }, `${TOKEN}x`),
      nameOf({ body }, TOKEN, leave),
      nameOf({ body, method: 'PUT' }),
      nameOf({ body, hostname: 'example.com' }),
      nameOf({ body, url: '/join?as=owner' }),
      nameOf({ body, url: '/leave' }),
      nameOf({ body, headers: { authorization: 'Bearer ada' } }),
    ];
    expect(new Set(names).size).toBe(names.length);
  });

  it('no two bodies that mean something else have one name', () => {
    const deep = JSON.parse('{"__proto__":{"a":"1"}}') as object;
    const bodies = [
      { a: '1' },
      { a: 1 },
      { a: ['1'] },
      { a: [1] },
      { a: { 0: '1' } },
      { a: '1', b: undefined },
      { a: '1', b: null },
      { a: '1', b: '' },
      { a: '1,"b":"2"' },
      { a: '1', b: '2' },
      { ab: '12' },
      { a: 0 },
      { a: -0 },
      { a: 0n },
      { a: Number.NaN },
      { a: 'NaN' },
      { a: true },
      { a: 'true' },
      { a: ['number', '1'] },
      { a: ['list', [['number', '1']]] },
      { a: [] },
      { a: {} },
      { a: '\ud800' },
      { a: '\ud801' },
      { a: '\ufffd' },
      { a: 'é' },
      { a: 'e\u0301' },
      deep,
      { constructor: { a: '1' } },
      {},
      [],
      [undefined],
      [null],
      'text',
      '',
      Buffer.from('text'),
      Buffer.from('bytes'),
      null,
      true,
      1,
    ];
    const names = bodies.map(ofBody);
    expect(names.every((name) => name !== undefined)).toBe(true);
    expect(new Set(names).size).toBe(bodies.length);
  });

  it('a request without content has one, and differs from one with an empty object', () => {
    const get = { method: 'GET', headers: { 'content-type': '', 'content-length': '0' } };
    const empty = nameOf({ ...get, body: undefined });
    expect(empty).toBeDefined();
    expect(nameOf({ ...get, body: {} })).not.toBe(empty);
  });

  it.each<[string, Sent]>([
    [
      'files in a form',
      { body: { a: '1' }, headers: { 'content-type': 'multipart/form-data; x' } },
    ],
    ['content that no parser has read', { headers: { 'content-type': 'text/csv' } }],
    ['an object that stands for such content', { body: {}, headers: { 'content-type': 'a/b' } }],
    ['JSON that was not read', { body: undefined }],
    ['a stream', { body: new ReadableStream() }],
    ['a class', { body: { at: new Date() } }],
    ['a map', { body: new Map() }],
    ['a function', { body: { a: () => 1 } }],
    ['a symbol', { body: { a: Symbol('a') } }],
    ['an object that holds itself', { body: holdsItself() }],
    [
      'a body that is nested too deep',
      { body: JSON.parse(`${'['.repeat(1_000)}${']'.repeat(1_000)}`) },
    ],
  ])('there is none for %s', (_what, sent) => {
    expect(nameOf(sent)).toBeUndefined();
  });

  it('there is none where HTTP/2 does not say whether a post has content', () => {
    const named = (method: string) =>
      nameOfForm(
        new ExecutionContextHost(
          [{ method, url: '/', headers: { ':method': method } }, {}],
          JoinController,
          join,
        ),
        TOKEN,
      );
    expect(named('POST')).toBeUndefined();
    expect(named('GET')).toBeDefined();
  });

  it('there is none outside of HTTP', () => {
    const context = new ExecutionContextHost([{}, {}]);
    context.setType('rpc');
    expect(() => nameOfForm(context, TOKEN)).toThrow(TempIDConfigurationError);
  });

  it('an object that holds itself many times is refused at once', () => {
    const body: Record<string, unknown> = {};
    for (const name of ['a', 'b', 'c', 'd']) body[name] = body;
    expect(ofBody(body)).toBeUndefined();
  });
});

function holdsItself(): object {
  const object: Record<string, unknown> = {};
  object['self'] = [object];
  return object;
}
