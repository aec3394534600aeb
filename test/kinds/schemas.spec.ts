import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { type } from 'arktype';
import { Transform, Type } from 'class-transformer';
import { ArrayMaxSize, IsDate, IsInt, IsString, ValidateNested } from 'class-validator';
import * as v from 'valibot';
import { z } from 'zod';
import { defineTempID, TempIDPayloadError, TempIDPayloadTooLargeError } from '../../src/index.js';
import type { StandardSchemaV1 } from '../../src/kinds/standard-schema.js';
import { createService } from '../support/service.js';

class Team {
  @IsInt()
  id!: number;
}

class InviteDto {
  @IsInt()
  userId!: number;

  @IsDate()
  @Type(() => Date)
  since!: Date;

  @ValidateNested({ each: true })
  @ArrayMaxSize(2)
  @Type(() => Team)
  teams!: Team[];
}

const SINCE = '2026-01-01T00:00:00.000Z';

/** One payload in the words of each validator: a number, a text that becomes a Date, and a list of objects. */
const KINDS = {
  zod: defineTempID({
    purpose: 'zod',
    schema: z.object({
      userId: z.number(),
      since: z.iso.datetime().transform((text) => new Date(text)),
      teams: z.array(z.object({ id: z.number() })).max(2),
    }),
  }),
  valibot: defineTempID({
    purpose: 'valibot',
    schema: v.object({
      userId: v.number(),
      since: v.pipe(
        v.string(),
        v.isoTimestamp(),
        v.transform((text) => new Date(text)),
      ),
      teams: v.pipe(v.array(v.object({ id: v.number() })), v.maxLength(2)),
    }),
  }),
  arktype: defineTempID({
    purpose: 'arktype',
    schema: type({
      userId: 'number',
      since: 'string.date.iso.parse',
      teams: type({ id: 'number' }).array().atMostLength(2),
    }),
  }),
  'class-validator': defineTempID({ purpose: 'class-validator', schema: InviteDto }),
};

const names = Object.keys(KINDS) as (keyof typeof KINDS)[];
const INPUT = { userId: 42, since: SINCE, teams: [{ id: 1 }, { id: 2 }] };

afterEach(() => void jest.restoreAllMocks());

describe.each(names)('a payload by a schema of %s', (name) => {
  const kind = KINDS[name];

  it('mint puts a payload into the token as it was given, and verify returns it as the schema reads it', async () => {
    const tempid = createService();
    const token = await tempid.mint(kind, INPUT);
    const { payload: raw } = await tempid.parse(token.value);
    expect(raw).toEqual(INPUT);
    for (const read of [token, await tempid.verifyOrThrow(token.value, kind)]) {
      expect(read.payload).toEqual({ ...INPUT, since: new Date(SINCE) });
      expect(read.payload.since).toBeInstanceOf(Date);
    }
  });

  it('mint rejects for a payload that does not fit the schema, and the error names the path and not the value', async () => {
    const wrong = { ...INPUT, teams: [{ id: 1 }, { id: 'secret' as unknown as number }] };
    await expect(createService().mint(kind, wrong)).rejects.toThrow(
      new TempIDPayloadError(`The payload does not fit the kind '${name}': payload.teams[1].id.`),
    );
  });

  it('verify and use refuse a payload that does not fit the schema, and count no use', async () => {
    const tempid = createService();
    const before = defineTempID<{ user: number }>({ purpose: name, maxUses: 1 });
    const token = await tempid.mint(before, { user: 42 });
    expect(await tempid.verify(token.value, kind)).toBeNull();
    expect(await tempid.use(token, kind)).toBe(false);
    expect(await tempid.use(token.value, kind)).toBe(false);
    await expect(tempid.useOrThrow(token.value, kind)).rejects.toThrow(TempIDPayloadError);
    expect(await tempid.usesInfo(token)).toMatchObject({ used: 0, left: 1 });
  });

  it('verify and mint refuse a missing payload where the kind has a schema', async () => {
    const tempid = createService();
    const token = await tempid.mint({ purpose: name });
    await expect(tempid.verifyOrThrow(token.value, kind)).rejects.toThrow(TempIDPayloadError);
    await expect(tempid.mint(kind, null as never)).rejects.toThrow(TempIDPayloadError);
  });

  it('a payload with a schema is used exactly maxUses times by concurrent uses', async () => {
    const tempid = createService();
    const token = await tempid.mint(kind, INPUT, { maxUses: 2 });
    const uses = await Promise.all(
      [1, 2, 3, 4].map((each) => tempid.use(each % 2 ? token : token.value, kind)),
    );
    expect(uses.filter(Boolean)).toHaveLength(2);
  });
});

describe('a class with the decorators of class-validator', () => {
  it('verify returns an instance of the class, nested ones too, without undeclared properties', async () => {
    const tempid = createService();
    const input = { ...INPUT, role: 'admin' };
    const { value } = await tempid.mint(KINDS['class-validator'], input);
    const { payload } = await tempid.verifyOrThrow(value, KINDS['class-validator']);
    expect(payload).toBeInstanceOf(InviteDto);
    expect(payload.teams[0]).toBeInstanceOf(Team);
    expect(payload).not.toHaveProperty('role');
  });

  it('no payload fits a class without a decorator of class-validator', async () => {
    class Bare {
      userId!: number;
    }
    const kind = defineTempID({ purpose: 'bare', schema: Bare });
    await expect(createService().mint(kind, { userId: 42 })).rejects.toThrow(
      new TempIDPayloadError(`The payload does not fit the kind 'bare': payload.`),
    );
  });

  it('the error for a class that throws names the type of what it threw, and not its message', async () => {
    class Throwing {
      @IsString()
      @Transform(() => {
        throw new RangeError('of 42');
      })
      name!: string;
    }
    const kind = defineTempID({ purpose: 'throwing', schema: Throwing });
    await expect(createService().mint(kind, { name: 'Ada' })).rejects.toThrow(
      new TempIDPayloadError(
        `The payload does not fit the kind 'throwing': its schema threw RangeError.`,
      ),
    );
  });
});

/** A schema of nobody's. */
function schemaBy(
  validate: StandardSchemaV1['~standard']['validate'],
): StandardSchemaV1<object, unknown> {
  return { '~standard': { version: 1, vendor: 'tests', validate } };
}

describe('a schema of any library', () => {
  it('an asynchronous schema accepts what fits, and mint rejects for what does not', async () => {
    const tempid = createService();
    const schema = z.object({ id: z.number() }).refine(async ({ id }) => id !== 13);
    const kind = defineTempID({ purpose: 'async', schema });
    const { value } = await tempid.mint(kind, { id: 12 });
    expect((await tempid.verify(value, kind))?.payload).toEqual({ id: 12 });
    await expect(tempid.mint(kind, { id: 13 })).rejects.toThrow(TempIDPayloadError);
  });

  it.each([
    ['throws', () => Promise.reject(new TypeError('of 42')), 'its schema threw TypeError'],
    ['throws no Error', () => Promise.reject(42), 'its schema threw what is no Error'],
    ['says nothing', () => undefined as never, 'its schema gave no result'],
    ['names no path', () => ({ issues: [{ message: 'of 42' }] }), 'payload'],
    [
      'names odd paths',
      () => ({
        issues: [
          { message: '', path: ['a\nb', { key: 0 }, { key: 'c' }] },
          { message: '', path: ['x'.repeat(99)] },
          { message: '', path: [Symbol('s')] },
        ],
      }),
      `payload["a\\nb"][0].c, payload["${'x'.repeat(40)}…"], payload["Symbol(s)"]`,
    ],
    [
      'names many paths',
      () => ({ issues: Array.from('abcdefa', (path) => ({ message: '', path: [path] })) }),
      'payload.a, payload.b, payload.c, payload.d, payload.e, …',
    ],
  ])(
    'a payload is refused with TempIDPayloadError where its schema %s',
    async (_, validate, reason) => {
      const kind = defineTempID({ purpose: 'odd', schema: schemaBy(validate) });
      const { value } = await createService().mint({ purpose: 'odd', payload: { id: 42 } });
      for (const attempt of [
        createService().mint(kind, { id: 42 }),
        createService().verifyOrThrow(value, kind),
      ]) {
        await expect(attempt).rejects.toThrow(
          new TempIDPayloadError(`The payload does not fit the kind 'odd': ${reason}.`),
        );
      }
      expect(await createService().verify(value, kind)).toBeNull();
    },
  );

  it('a schema that changes its input changes neither the object of the caller nor the token', async () => {
    const schema = schemaBy((value) => {
      (value as { list: number[] }).list.push(2);
      return { value };
    });
    const kind = defineTempID({ purpose: 'changes', schema });
    const tempid = createService();
    const input = Object.freeze({ list: Object.freeze([1]) });
    const token = await tempid.mint(kind, input);
    expect(input).toEqual({ list: [1] });
    expect((await tempid.parse(token.value)).payload).toEqual({ list: [1] });
    for (let reading = 0; reading < 2; reading++) {
      expect((await tempid.verify(token.value, kind))?.payload).toEqual({ list: [1, 2] });
    }
  });

  it('a schema sees the same payload at mint and at verify, though a getter answers differently each time', async () => {
    const seen: unknown[] = [];
    const schema = schemaBy((value) => (seen.push(structuredClone(value)), { value }));
    const kind = defineTempID({ purpose: 'getters', schema });
    const tempid = createService();
    let asked = 0;
    const input = {
      get role() {
        return asked++ === 0 ? 'guest' : 'admin';
      },
      nothing: undefined,
    };
    const { value } = await tempid.mint(kind, input);
    await tempid.verifyOrThrow(value, kind);
    expect(seen).toEqual([{ role: 'guest' }, { role: 'guest' }]);
    expect(asked).toBe(1);
  });

  it('a payload with a key __proto__ is refused before its schema is called', async () => {
    const validate = jest.fn((value: unknown) => ({ value }));
    const kind = defineTempID({ purpose: 'polluted', schema: schemaBy(validate) });
    const tempid = createService();
    for (const text of ['{"__proto__":{"isAdmin":true}}', '{"list":[{"__proto__":{"x":1}}]}']) {
      const payload = JSON.parse(text) as object;
      await expect(tempid.mint(kind, payload)).rejects.toThrow(TempIDPayloadError);
      const { value } = await tempid.mint({ purpose: 'polluted', payload });
      expect(await tempid.verify(value, kind)).toBeNull();
    }
    expect(validate).not.toHaveBeenCalled();
    expect(({} as { isAdmin?: boolean }).isAdmin).toBeUndefined();
  });

  it('a schema is not called for a token that is forged, not valid yet, or of another purpose or audience', async () => {
    const validate = jest.fn((value: unknown) => ({ value }));
    const kind = defineTempID({ purpose: 'late', audience: 'web', schema: schemaBy(validate) });
    const tempid = createService();
    const payload = { id: 1 };
    for (const options of [
      { purpose: 'late', audience: 'app' },
      { purpose: 'late' },
      { purpose: 'other', audience: 'web' },
      { purpose: 'late', audience: 'web', notBefore: new Date(Date.now() + 60_000) },
    ] as const) {
      const { value } = await tempid.mint({ ...options, payload });
      expect(await tempid.verify(value, kind)).toBeNull();
      expect(await tempid.verify(`${value}x`, kind)).toBeNull();
    }
    expect(validate).not.toHaveBeenCalled();
  });

  it('verify returns what a schema transforms a payload into, though that is no object', async () => {
    const schema = z.object({ id: z.number() }).transform(({ id }) => id);
    const kind = defineTempID({ purpose: 'number', schema });
    const tempid = createService();
    const token = await tempid.mint(kind, { id: 42 });
    expect((await tempid.verifyOrThrow(token.value, kind)).payload).toBe(42);
  });

  it('a payload with a schema is refused where JSON would change it or it exceeds maxPayloadBytes', async () => {
    const kind = defineTempID({ purpose: 'any', schema: z.looseObject({}) });
    const tempid = createService({ maxPayloadBytes: 20 });
    await expect(tempid.mint(kind, { at: new Date() })).rejects.toThrow(
      /payload\.at is of the type Date/,
    );
    const text = 'x'.repeat(20);
    await expect(tempid.mint(kind, { text })).rejects.toThrow(TempIDPayloadTooLargeError);
  });
});
