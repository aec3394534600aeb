import { describe, expect, it } from '@jest/globals';
import { MAX_PAYLOAD_DEPTH } from '../../src/token/claims.js';
import { freezeJsonObject, toPayload } from '../../src/token/payload.js';

const LIMIT = 1_024;

class Point {
  readonly x = 1;
  readonly y = 2;
  get sum(): number {
    return this.x + this.y;
  }
}

class Money {
  readonly cents = 1_234;
  toJSON(): string {
    return 'SECRET-VALUE';
  }
}

function nested(levels: number): Record<string, unknown> {
  let value: Record<string, unknown> = {};
  for (let level = 0; level < levels; level++) value = { a: value };
  return value;
}

const payloadError = (message: string | RegExp) =>
  expect.objectContaining({ code: 'TEMPID_PAYLOAD', message: expect.stringMatching(message) });

describe('toPayload', () => {
  it.each([
    {},
    { text: 'é🎉"\\\n', empty: '', 'a key': 1 },
    { numbers: [0, -1, 1.5, 1e300, 5e-324, Number.MAX_SAFE_INTEGER] },
    { yes: true, no: false, nothing: null, list: [], object: {} },
    { deep: [[{ a: [{ b: [] }] }]] },
  ])('toPayload keeps %j', (payload) => {
    expect(toPayload(payload, LIMIT)).toStrictEqual(payload);
  });

  it('toPayload keeps a key __proto__ as a property of its own', () => {
    const payload = toPayload(JSON.parse('{"__proto__":{"polluted":true}}'), LIMIT);
    expect(JSON.stringify(payload)).toBe('{"__proto__":{"polluted":true}}');
    expect(Object.getPrototypeOf(payload)).toBe(Object.prototype);
    expect(payload['polluted']).toBeUndefined();
  });

  it('toPayload leaves out properties that are undefined, as JSON does', () => {
    const payload = toPayload({ a: undefined, b: { c: undefined, d: 1 } }, LIMIT);
    expect(payload).toStrictEqual({ b: { d: 1 } });
  });

  it('toPayload takes the properties of a class instance and of an object without prototype', () => {
    const bare: object = Object.assign(Object.create(null), { a: 1 });
    const payload = toPayload({ point: new Point(), bare }, LIMIT);
    expect(payload).toStrictEqual({ point: { x: 1, y: 2 }, bare: { a: 1 } });
  });

  it('toPayload returns a deeply frozen copy', () => {
    const given = { user: { id: 1, tags: ['a'] } };
    const payload = toPayload(given, LIMIT);
    given.user.id = 2;
    given.user.tags.push('b');
    expect(payload).toEqual({ user: { id: 1, tags: ['a'] } });
    expect(Object.isFrozen(given.user.tags)).toBe(false);
    const frozen = JSON.stringify(payload, (_, value: unknown) =>
      Object.isFrozen(value) ? value : 'not frozen',
    );
    expect(frozen).toBe('{"user":{"id":1,"tags":["a"]}}');
  });

  it.each([
    ['undefined in a list', { a: { b: [1, undefined] } }, 'payload.a.b[1]'],
    ['a hole in a list', { list: Object.assign([1], { 2: 3 }) }, 'payload.list[1]'],
    ['NaN', { a: [{ b: Number.NaN }] }, 'payload.a[0].b'],
    ['Infinity', { a: Number.POSITIVE_INFINITY }, 'payload.a'],
    ['-Infinity', { a: Number.NEGATIVE_INFINITY }, 'payload.a'],
    ['a bigint', { total: 123_456n }, 'payload.total'],
    ['a symbol', { a: Symbol('SECRET-VALUE') }, 'payload.a'],
    ['a function', { a: () => 'SECRET-VALUE' }, 'payload.a'],
    ['a Date', { user: { born: new Date('2020-12-24') } }, 'payload.user.born'],
    ['an invalid Date', { at: new Date(Number.NaN) }, 'payload.at'],
    ['a Map', { a: new Map([['SECRET-VALUE', 1]]) }, 'payload.a'],
    ['a Set', { a: new Set(['SECRET-VALUE']) }, 'payload.a'],
    ['a WeakMap', { a: new WeakMap() }, 'payload.a'],
    ['a Buffer', { a: Buffer.from('SECRET-VALUE') }, 'payload.a'],
    ['a typed array', { a: Float64Array.of(123_456) }, 'payload.a'],
    ['an ArrayBuffer', { a: new ArrayBuffer(8) }, 'payload.a'],
    ['a RegExp', { a: /SECRET-VALUE/ }, 'payload.a'],
    ['an Error', { a: new Error('SECRET-VALUE') }, 'payload.a'],
    ['a URL', { a: new URL('https://example.com/?t=SECRET-VALUE') }, 'payload.a'],
    ['a Promise', { a: Promise.resolve('SECRET-VALUE') }, 'payload.a'],
    ['a boxed string', { a: Object('SECRET-VALUE') as unknown }, 'payload.a'],
    ['a boxed number', { a: Object(123_456) as unknown }, 'payload.a'],
    ['a boxed bigint', { a: Object(123_456n) as unknown }, 'payload.a'],
    ['an object with toJSON', { money: new Money() }, 'payload.money'],
    ['a list with toJSON', { a: Object.assign([1], { toJSON: () => 2 }) }, 'payload.a'],
    ['a list with a named property', { a: Object.assign([1], { total: 123_456 }) }, 'payload.a'],
    ['a property whose key is a symbol', { a: { [Symbol('key')]: 'SECRET-VALUE' } }, 'payload.a'],
  ])('toPayload refuses %s, names its path and not its value', (_, payload, path) => {
    expect(() => toPayload(payload, LIMIT)).toThrow(
      expect.objectContaining({
        code: 'TEMPID_PAYLOAD',
        message: expect.stringMatching(
          new RegExp(`^${path.replaceAll(/[[\].]/g, String.raw`\$&`)} `),
        ),
      }),
    );
    expect(() => toPayload(payload, LIMIT)).not.toThrow(/SECRET-VALUE|123.?456|2020/);
  });

  it.each([['SECRET-VALUE'], [123_456], [true], [null], [['SECRET-VALUE']]])(
    'toPayload refuses %j, which is no object',
    (payload) => {
      expect(() => toPayload(payload, LIMIT)).toThrow(payloadError(/must be an object/));
      expect(() => toPayload(payload, LIMIT)).not.toThrow(/SECRET-VALUE|123.?456/);
    },
  );

  it.each([[undefined], [() => 1], [1n], [new Date(0)], [new Map()], [new Money()]])(
    'toPayload refuses %p as the payload itself',
    (payload) => {
      expect(() => toPayload(payload, LIMIT)).toThrow(payloadError(/^payload is /));
    },
  );

  it('toPayload limits the bytes of the JSON in UTF-8', () => {
    const fits = { text: 'é'.repeat(6) };
    const bytes = Buffer.byteLength(JSON.stringify(fits));
    expect(bytes).toBe(23);
    expect(toPayload(fits, bytes)).toEqual(fits);
    expect(() => toPayload(fits, bytes - 1)).toThrow(
      expect.objectContaining({
        code: 'TEMPID_PAYLOAD_TOO_LARGE',
        message: expect.stringMatching(/23 bytes of JSON; at most 22 .*maxPayloadBytes/),
      }),
    );
    expect(() => toPayload(fits, bytes - 1)).not.toThrow(/éé/);
  });

  it('toPayload throws for an object that holds itself', () => {
    const circular: Record<string, unknown> = { first: 1 };
    circular['self'] = circular;
    circular['again'] = [circular];
    expect(() => toPayload(circular, LIMIT)).toThrow(payloadError(/nested deeper/));
    const list: unknown[] = [];
    list.push(list);
    expect(() => toPayload({ list }, LIMIT)).toThrow(payloadError(/nested deeper/));
  });

  it('toPayload keeps the deepest nesting there may be, and refuses a deeper one', () => {
    expect(toPayload(nested(MAX_PAYLOAD_DEPTH), 10_000)).toEqual(nested(MAX_PAYLOAD_DEPTH));
    expect(() => toPayload(nested(MAX_PAYLOAD_DEPTH + 1), 10_000)).toThrow(
      payloadError(`deeper than ${MAX_PAYLOAD_DEPTH} levels`),
    );
    expect(() => toPayload(nested(100_000), LIMIT)).toThrow(payloadError(/nested deeper/));
  });
});

describe('freezeJsonObject', () => {
  it('freezeJsonObject freezes an object and all that is in it', () => {
    const object = freezeJsonObject(JSON.parse('{"__proto__":[{}],"a":[{"b":{}}]}'));
    const frozen = JSON.stringify(object, (_, value: unknown) =>
      Object.isFrozen(value) ? value : 'not frozen',
    );
    expect(frozen).toBe('{"__proto__":[{}],"a":[{"b":{}}]}');
  });

  it.each([[null], [[]], ['text'], [1], [true], [undefined]])(
    'freezeJsonObject returns null for %j',
    (value) => {
      expect(freezeJsonObject(value)).toBeNull();
    },
  );
});
