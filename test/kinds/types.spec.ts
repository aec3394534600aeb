import { describe, it } from '@jest/globals';
import { type } from 'arktype';
import { IsDate, IsInt } from 'class-validator';
import { expectTypeOf } from 'expect-type';
import * as v from 'valibot';
import { z } from 'zod';
import {
  type AnyTempIDKind,
  type BoundToken,
  defineTempID,
  type MintedCode,
  type PayloadInputOf,
  type PayloadOf,
  type TempID,
  type TempIDBinding,
  TempIDKind,
  TempIDLink,
  type TempIDOf,
  type TempIDService,
  UseTempID,
  UseTempIDCode,
} from '../../src/index.js';

class Dto {
  @IsInt()
  userId!: number;

  @IsDate()
  since!: Date;

  tags!: { readonly name: string }[];

  isOld(): boolean {
    return this.since.getTime() < 0;
  }
}

interface User {
  userId: number;
}

const Plain = defineTempID<User>({ purpose: 'plain', expiresIn: '15m', maxUses: 1 });
const Empty = defineTempID({ purpose: 'empty' });
const Zod = defineTempID({
  purpose: 'zod',
  schema: z.object({
    at: z.iso.datetime().transform((text) => new Date(text)),
    n: z.number().default(1),
  }),
});
const Valibot = defineTempID({
  purpose: 'valibot',
  schema: v.object({ at: v.pipe(v.string(), v.transform(Number)) }),
});
const Arktype = defineTempID({ purpose: 'arktype', schema: type({ at: 'string.date.parse' }) });
const Class = defineTempID({ purpose: 'class', schema: Dto });
const Optional = defineTempID<User | null>({ purpose: 'optional' });

class UserBinding implements TempIDBinding<User> {
  resolve({ payload, subject }: BoundToken<User>) {
    return subject ?? String(payload.userId);
  }
}

const tagOf = ({ payload }: BoundToken<Dto>) => payload.tags[0]?.name;

/** Is compiled, and never called: what it says is checked by tsc. */
type Compiled = (tempid: TempIDService) => unknown;

describe('the types of a kind', () => {
  it('PayloadOf and PayloadInputOf of a kind are the types of its schema, of its type argument, or null', () => {
    expectTypeOf<PayloadOf<typeof Plain>>().toEqualTypeOf<User>();
    expectTypeOf<PayloadInputOf<typeof Plain>>().toEqualTypeOf<User>();
    expectTypeOf<PayloadOf<typeof Empty>>().toEqualTypeOf<null>();
    expectTypeOf<PayloadInputOf<typeof Zod>>().toEqualTypeOf<{
      at: string;
      n?: number | undefined;
    }>();
    expectTypeOf<PayloadOf<typeof Zod>>().toEqualTypeOf<{ at: Date; n: number }>();
    expectTypeOf<PayloadInputOf<typeof Valibot>>().toEqualTypeOf<{ at: string }>();
    expectTypeOf<PayloadOf<typeof Valibot>>().toEqualTypeOf<{ at: number }>();
    expectTypeOf<PayloadInputOf<typeof Arktype>>().toEqualTypeOf<{ at: string }>();
    expectTypeOf<PayloadOf<typeof Arktype>>().toEqualTypeOf<{ at: Date }>();
    expectTypeOf<PayloadOf<typeof Class>>().toEqualTypeOf<Dto>();
    expectTypeOf<PayloadInputOf<typeof Class>>().toEqualTypeOf<{
      userId: number;
      since: string;
      tags: { readonly name: string }[];
    }>();
    expectTypeOf<TempIDOf<typeof Zod>>().toEqualTypeOf<TempID<{ at: Date; n: number }>>();
  });

  it('every kind extends AnyTempIDKind, and no kind extends one of another payload', () => {
    expectTypeOf(Zod).toExtend<AnyTempIDKind>();
    expectTypeOf(Empty).toExtend<AnyTempIDKind>();
    expectTypeOf(Plain).not.toExtend<TempIDKind<null, unknown>>();
    expectTypeOf(Optional).toExtend<TempIDKind<null, unknown>>();
    expectTypeOf<TempIDKind<{ a: string }>>().not.toExtend<TempIDKind<{ a: string; b: string }>>();
    expectTypeOf<TempIDKind<{ a: string; b: string }>>().not.toExtend<TempIDKind<{ a: string }>>();
  });

  it('every method that takes a kind returns the payload type of that kind', () => {
    const compiled: Compiled = (tempid) => {
      expectTypeOf(tempid.mint(Zod, { at: '' })).resolves.toEqualTypeOf<TempIDOf<typeof Zod>>();
      expectTypeOf(tempid.mint(Empty)).resolves.toEqualTypeOf<TempID<null>>();
      expectTypeOf(tempid.mint(Optional)).resolves.toEqualTypeOf<TempID<User | null>>();
      expectTypeOf(tempid.mint(Empty, null, { subject: 'ada' })).resolves.toEqualTypeOf<
        TempID<null>
      >();
      expectTypeOf(tempid.verify('', Zod)).resolves.toEqualTypeOf<TempIDOf<typeof Zod> | null>();
      expectTypeOf(tempid.verifyOrThrow('', Class)).resolves.toEqualTypeOf<TempID<Dto>>();
      expectTypeOf(tempid.useOrThrow('', Arktype)).resolves.toEqualTypeOf<TempID<{ at: Date }>>();
      expectTypeOf(tempid.use('', Valibot, { boundTo: 'x' })).resolves.toEqualTypeOf<boolean>();
      expectTypeOf(tempid.mintCode(Plain, { userId: 1 })).resolves.toEqualTypeOf<
        MintedCode<User>
      >();
      expectTypeOf(tempid.verifyCode('', '', Plain)).resolves.toEqualTypeOf<TempID<User> | null>();
    };
    expectTypeOf(compiled).toBeFunction();
  });

  it('methods without a kind return the type of their type argument or of the payload', () => {
    const compiled: Compiled = (tempid) => {
      expectTypeOf(tempid.mint()).resolves.toEqualTypeOf<TempID<null>>();
      expectTypeOf(tempid.mint({ purpose: 'a' })).resolves.toEqualTypeOf<TempID<null>>();
      expectTypeOf(tempid.mint({ payload: { a: 1 } })).resolves.toEqualTypeOf<
        TempID<{ a: number }>
      >();
      expectTypeOf(tempid.verify('')).resolves.toEqualTypeOf<TempID | null>();
      expectTypeOf(
        tempid.verify<User>('', { purpose: 'a' }),
      ).resolves.toEqualTypeOf<TempID<User> | null>();
      expectTypeOf(tempid.useOrThrow<User>('')).resolves.toEqualTypeOf<TempID<User>>();
    };
    expectTypeOf(compiled).toBeFunction();
  });

  it('calls with a wrong payload or option of a kind do not compile', () => {
    const compiled: Compiled = (tempid) => [
      // @ts-expect-error the payload is missing
      tempid.mint(Plain),
      // @ts-expect-error of another type
      tempid.mint(Plain, { userId: '42' }),
      // @ts-expect-error a property is missing
      tempid.mint(Plain, {}),
      // @ts-expect-error a property too many
      tempid.mint(Plain, { userId: 42, name: 'Ada' }),
      // @ts-expect-error the text of the Date goes in, the Date comes out
      tempid.mint(Zod, { at: new Date() }),
      // @ts-expect-error so it is with a class
      tempid.mint(Class, { userId: 1, since: new Date(), tags: [] }),
      // @ts-expect-error a kind without payload takes none
      tempid.mint(Empty, { userId: 42 }),
      // @ts-expect-error the purpose is the kind's
      tempid.mint(Empty, null, { purpose: 'other' }),
      // @ts-expect-error a time and a moment
      tempid.mint(Empty, null, { expiresIn: '1h', expiresAt: new Date() }),
      // @ts-expect-error the audience is the kind's
      tempid.verify('', Plain, { audience: 'web' }),
      // @ts-expect-error a use counts anyway
      tempid.use('', Plain, { checkUses: true }),
      // @ts-expect-error a code says its attempts, not its uses
      tempid.mintCode(Empty, null, { maxUses: 3 }),
      // @ts-expect-error the codes of a kind need its payload
      tempid.mintCode(Plain),
      // @ts-expect-error the purpose is the kind's
      UseTempID(Plain, { purpose: 'other' }),
      // @ts-expect-error the audience is the kind's
      UseTempIDCode(Plain, { audience: 'other' }),
      // @ts-expect-error all of nobody
      tempid.revokeSubject({ purpose: Plain }),
      // @ts-expect-error a subject is a text
      tempid.revokeSubject({ subject: 42 }),
      tempid.revokeSubject({ purpose: Plain, subject: '42' }),
      tempid.revokePurpose(Plain),
      tempid.mint(Empty, null, { subject: '42', replace: true }),
      // @ts-expect-error a link always consumes
      TempIDLink('open', Plain, { consume: false }),
    ];
    expectTypeOf(compiled).toBeFunction();
  });

  it('definitions of a kind that would throw do not compile', () => {
    const compiled = () => [
      // @ts-expect-error no purpose
      defineTempID({ maxUses: 1 }),
      // @ts-expect-error no duration
      defineTempID({ purpose: 'a', expiresIn: '15 minutes' }),
      // @ts-expect-error no such option
      defineTempID({ purpose: 'a', subject: 'ada' }),
      // @ts-expect-error a payload is an object
      defineTempID({ purpose: 'a', schema: z.string() }),
      // @ts-expect-error a payload is an object
      defineTempID<string>({ purpose: 'a' }),
      // @ts-expect-error the schema is of another type
      defineTempID<User>({ purpose: 'a', schema: z.object({ userId: z.string() }) }),
      // @ts-expect-error the class is of another type
      defineTempID<{ name: string }>({ purpose: 'a', schema: Dto }),
      // @ts-expect-error the binding looks at another payload
      defineTempID<User>({ purpose: 'a', boundTo: tagOf }),
      // @ts-expect-error so does the class
      defineTempID<{ name: string }>({ purpose: 'a', boundTo: UserBinding }),
      // @ts-expect-error a binding is a text
      defineTempID<User>({ purpose: 'a', boundTo: ({ payload }) => payload.userId }),
    ];
    expectTypeOf(compiled).toBeFunction();
  });

  it('a type argument of defineTempID that its schema satisfies compiles', () => {
    const schema = z.object({ userId: z.number() });
    expectTypeOf(defineTempID<User>({ purpose: 'a', schema })).toEqualTypeOf<TempIDKind<User>>();
    expectTypeOf(
      defineTempID<{ at: string }, { at: Date }>({
        purpose: 'a',
        schema: z.object({ at: z.string().transform((text) => new Date(text)) }),
      }),
    ).toEqualTypeOf<TempIDKind<{ at: string }, { at: Date }>>();
  });

  it('boundTo gets the payload type of its kind', () => {
    expectTypeOf(defineTempID<User>({ purpose: 'a', boundTo: UserBinding })).toEqualTypeOf<
      TempIDKind<User>
    >();
    defineTempID({
      purpose: 'a',
      schema: z.object({ userId: z.number() }),
      boundTo: ({ payload }) => {
        expectTypeOf(payload).toEqualTypeOf<User>();
        return String(payload.userId);
      },
    });
  });
});
