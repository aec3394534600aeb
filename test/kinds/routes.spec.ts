import {
  Body,
  Controller,
  type ExecutionContext,
  Get,
  Inject,
  Injectable,
  Module,
  type ModuleMetadata,
  Post,
  Scope,
} from '@nestjs/common';
import { NestFactory, REQUEST } from '@nestjs/core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { IsInt } from 'class-validator';
import { z } from 'zod';
import {
  type AnyTempIDKind,
  type BoundToken,
  CurrentTempID,
  defineTempID,
  type PayloadOf,
  TempIDConfigurationError,
  TempIDGuard,
  TempIDLink,
  TempIDModule,
  type TempIDOf,
  type TempIDBinding,
  TempIDService,
  TokenPayload,
  UseTempID,
  UseTempIDCode,
  type VerifyOptions,
} from '../../src/index.js';
import { json, PLATFORMS } from '../support/http.js';
import { SECRET } from '../support/secrets.js';

@Injectable()
class Users {
  readonly hashes = new Map([['ada', 'first']]);
}

/** Its dependency is a provider of the feature, which nobody exports. */
@Injectable()
class PasswordBinding implements TempIDBinding {
  readonly contexts: (string | undefined)[] = [];

  constructor(private readonly users: Users) {}

  async resolve({ subject }: BoundToken, context?: ExecutionContext) {
    this.contexts.push(context?.getHandler().name);
    return this.users.hashes.get(subject ?? '');
  }
}

let made = 0;

/** A new one for each request, which it can see. */
@Injectable({ scope: Scope.REQUEST })
class TenantBinding implements TempIDBinding {
  constructor(@Inject(REQUEST) private readonly request?: { headers: Record<string, string> }) {
    made++;
  }

  resolve() {
    return this.request?.headers['x-tenant'];
  }
}

class SeatDto {
  @IsInt()
  row!: number;

  get label(): string {
    return `row ${this.row}`;
  }
}

const Reset = defineTempID({ purpose: 'reset', maxUses: 1, boundTo: PasswordBinding });
const Tenant = defineTempID({ purpose: 'tenant', boundTo: TenantBinding });
const Invite = defineTempID({
  purpose: 'invite',
  maxUses: 1,
  schema: z.object({ at: z.iso.datetime().transform((text) => new Date(text)) }),
});
const Seat = defineTempID({ purpose: 'seat', schema: SeatDto });
const Login = defineTempID({ purpose: 'login', schema: z.object({ next: z.string() }) });

/** As an application overrides one decision: the kind goes along. */
@Injectable()
class OwnGuard extends TempIDGuard {
  protected override async admit(...[value, context, route]: Parameters<TempIDGuard['admit']>) {
    const options = this.getVerifyOptions(context, route);
    return { token: await this.tempid.useOrThrow(value, options), isUsed: true };
  }
}

/** Asks for what it knows of, and forgets the kind. */
@Injectable()
class ForgetfulGuard extends TempIDGuard {
  protected override getVerifyOptions(
    ...[, { kind }]: Parameters<TempIDGuard['getVerifyOptions']>
  ): VerifyOptions {
    return kind ? { purpose: kind.purpose } : {};
  }
}

@Controller()
class FeatureController {
  @Post('reset')
  @UseTempID(Reset, { consume: true })
  reset(@CurrentTempID() { subject }: TempIDOf<typeof Reset>) {
    return { subject };
  }

  @Get('tenant')
  @UseTempID(Tenant)
  tenant() {
    return {};
  }

  @Post('join')
  @UseTempID(Invite, true)
  join(@TokenPayload() { at }: PayloadOf<typeof Invite>) {
    return { year: at.getUTCFullYear() };
  }

  @Post('join-own')
  @UseTempID(Invite, { guard: OwnGuard })
  joinOwn(@TokenPayload('at') at: Date) {
    return { year: at.getUTCFullYear() };
  }

  @Post('join-forgotten')
  @UseTempID(Invite, { guard: ForgetfulGuard })
  joinForgotten() {
    return {};
  }

  @Get('seat')
  @UseTempID(Seat)
  seat(@TokenPayload() seat: SeatDto, @TokenPayload('row') row: number) {
    return { label: seat.label, row };
  }

  @TempIDLink('open', Login)
  open(@TokenPayload('next') next: string) {
    return { next };
  }

  @Post('code')
  @UseTempIDCode(Login)
  code(@TokenPayload('next') next: string, @Body('code') code: string) {
    return { next, digits: code.length };
  }
}

@Module({
  imports: [TempIDModule.forFeature([Reset, Tenant, Invite, Seat])],
  controllers: [FeatureController],
  providers: [Users, PasswordBinding, TenantBinding],
})
class FeatureModule {}

function compile(metadata: ModuleMetadata) {
  const root = TempIDModule.forRoot({ secret: SECRET, isGlobal: true });
  return Test.createTestingModule({
    ...metadata,
    imports: [root, ...(metadata.imports ?? [])],
  }).compile();
}

describe.each(PLATFORMS)('a route of a kind on %s', (platform) => {
  let app: Awaited<ReturnType<typeof start>>;

  async function start() {
    const module = await compile({ imports: [FeatureModule] });
    const nest =
      platform === 'Fastify'
        ? module.createNestApplication(new FastifyAdapter(), { logger: false })
        : module.createNestApplication({ logger: false });
    await nest.listen(0, '127.0.0.1');
    const url = await nest.getUrl();
    const send = async (path: string, init?: RequestInit) => {
      const response = await fetch(url + path, init);
      return { status: response.status, body: await response.json() };
    };
    return { nest, send, tempid: nest.get(TempIDService) };
  }

  beforeAll(async () => {
    app = await start();
  });

  afterAll(() => app.nest.close());

  it('a handler gets the payload as the schema of the kind reads it, and a second request with maxUses 1 is refused with TEMPID_EXHAUSTED', async () => {
    const token = await app.tempid.mint(Invite, { at: '2026-01-01T00:00:00.000Z' });
    const post = () => app.send(`/join?token=${token}`, { method: 'POST' });
    expect(await post()).toEqual({ status: 201, body: { year: 2026 } });
    expect(await post()).toMatchObject({ status: 401, body: { code: 'TEMPID_EXHAUSTED' } });
  });

  it.each(['join', 'join-own'])(
    'a payload that does not fit the kind is refused with TEMPID_PAYLOAD, counts no use, and the answer names no property of it (%s)',
    async (path) => {
      const token = await app.tempid.mint({ purpose: 'invite', maxUses: 1, payload: { at: 1 } });
      expect(await app.send(`/${path}?token=${token}`, { method: 'POST' })).toEqual({
        status: 401,
        body: {
          statusCode: 401,
          error: 'Unauthorized',
          code: 'TEMPID_PAYLOAD',
          message: 'The content of the token is not as expected.',
        },
      });
      expect(await app.tempid.usesInfo(token)).toMatchObject({ used: 0 });
    },
  );

  it('a guard of the application that passes the options on to TempIDGuard verifies by the kind of the route', async () => {
    const token = await app.tempid.mint(Invite, { at: '2026-01-01T00:00:00.000Z' });
    const answer = await app.send(`/join-own?token=${token}`, { method: 'POST' });
    expect(answer).toEqual({ status: 201, body: { year: 2026 } });
  });

  it('a guard of the application that drops the kind lets no token through, and the route answers 500', async () => {
    const token = await app.tempid.mint();
    const answer = await app.send(`/join-forgotten?token=${token}`, { method: 'POST' });
    expect(answer.status).toBe(500);
  });

  it('a handler gets an instance of the class that is the schema of the kind, with working getters', async () => {
    const token = await app.tempid.mint(Seat, { row: 7, label: 'any' });
    expect((await app.send(`/seat?token=${token}`)).body).toEqual({ label: 'row 7', row: 7 });
  });

  it('a token bound by a provider of its feature is refused with TEMPID_SCOPE once the value that the provider finds has changed', async () => {
    const users = app.nest.get(Users, { strict: false });
    users.hashes.set('ada', 'first');
    const [good, late] = await Promise.all([
      app.tempid.mint(Reset, null, { subject: 'ada' }),
      app.tempid.mint(Reset, null, { subject: 'ada' }),
    ]);
    const post = (token: TempIDOf<typeof Reset>) =>
      app.send(`/reset?token=${token}`, { method: 'POST' });
    expect(await post(good)).toEqual({ status: 201, body: { subject: 'ada' } });
    users.hashes.set('ada', 'second');
    expect(await post(late)).toMatchObject({ status: 401, body: { code: 'TEMPID_SCOPE' } });
    expect(await app.tempid.verify(late.value, Reset)).toBeNull();
    await expect(app.tempid.mint(Reset)).rejects.toThrow(/no subject was given/);
    const { contexts } = app.nest.get(PasswordBinding, { strict: false });
    expect(contexts).toEqual([undefined, undefined, 'reset', 'reset', undefined, undefined]);
  });

  it('a binding class of request scope is made anew for each request', async () => {
    const token = await app.tempid.mint(Tenant, null, { boundTo: 'north' });
    made = 0;
    const ask = (tenant: string) =>
      app.send(`/tenant?token=${token}`, { headers: { 'x-tenant': tenant } });
    const answers = await Promise.all([ask('north'), ask('south'), ask('north')]);
    expect(answers.map(({ status }) => status)).toEqual([200, 401, 200]);
    expect(made).toBe(3);
    expect(await app.tempid.verify(token.value, Tenant)).toBeNull();
  });

  it('@TempIDLink takes a kind, and the link of it works as often as maxUses says', async () => {
    const token = await app.tempid.mint(Login, { next: '/home' }, { maxUses: 1 });
    const post = () => app.send('/open', json({ token: token.value }));
    expect(await post()).toEqual({ status: 201, body: { next: '/home' } });
    expect((await post()).status).toBe(401);
  });

  it('@UseTempIDCode takes a kind, and the handler gets the payload of the challenge', async () => {
    const { code, challenge } = await app.tempid.mintCode(Login, { next: '/home' });
    const answer = await app.send('/code', json({ code, challenge: challenge.value }));
    expect(answer).toEqual({ status: 201, body: { next: '/home', digits: 6 } });
  });
});

describe('the options of a decorator beside a kind', () => {
  const Bound = defineTempID({ purpose: 'bound', boundTo: () => 'x' });

  it.each([
    [
      () => UseTempID(Invite, { purpose: 'other' } as object),
      /@UseTempID takes 'purpose' from the/,
    ],
    [
      () => UseTempID(Invite, { audience: 'web' } as object),
      /takes 'audience' from the kind 'invite'/,
    ],
    [() => UseTempID(Bound, { boundTo: 'browser' }), /takes 'boundTo' from the kind 'bound'/],
    [() => TempIDLink('x', Bound, { boundTo: 'browser' }), /@TempIDLink takes 'boundTo' from the/],
    [() => UseTempID(Invite, { kind: Bound } as object), /@UseTempID has no option 'kind'/],
    [() => UseTempIDCode(Bound), /The kind 'bound' has 'boundTo'/],
    [() => UseTempIDCode(Invite), /The kind 'invite' has 'maxUses'/],
    [() => UseTempIDCode(Login, { purpose: 'x' } as object), /@UseTempIDCode takes 'purpose'/],
  ])(
    'a decorator refuses an option that its kind has already, or that does not go with the kind: %s',
    (decorate, message) => {
      expect(decorate).toThrow(message);
      expect(decorate).toThrow(TempIDConfigurationError);
    },
  );
});

describe('TempIDModule.forFeature', () => {
  const One = defineTempID({ purpose: 'same' });
  const Other = defineTempID({ purpose: 'same', audience: 'web' });

  function feature(name: string, kinds: AnyTempIDKind[], metadata: ModuleMetadata = {}) {
    const type = { [name]: class {} }[name] ?? Object;
    Module({ ...metadata, imports: [TempIDModule.forFeature(kinds)] })(type);
    return type;
  }

  it('forFeature refuses two kinds of one purpose in two modules, and names both modules', async () => {
    const imports = [feature('TeamModule', [One]), feature('EventModule', [Other])];
    await expect(compile({ imports })).rejects.toThrow(
      new TempIDConfigurationError(
        `Two kinds have the purpose 'same', one of TeamModule and one of EventModule: give one of them another ` +
          'purpose, or let both modules import the same kind.',
      ),
    );
  });

  it('forFeature refuses two kinds of one purpose in one list', async () => {
    const imports = [feature('TeamModule', [One, Other])];
    await expect(compile({ imports })).rejects.toThrow(/one of TeamModule and one of TeamModule/);
  });

  it('forFeature accepts one kind in two modules, and one list in two modules', async () => {
    const list = TempIDModule.forFeature([One]);
    const imports = [feature('TeamModule', [One]), feature('EventModule', [One]), list, list];
    const module = await compile({ imports });
    expect(await module.get(TempIDService).mint(One)).toMatchObject({ purpose: 'same' });
    await module.close();
  });

  it("forFeature registers the kinds of each module also with moduleIdGeneratorAlgorithm 'deep-hash'", async () => {
    @Module({
      imports: [
        TempIDModule.forRoot({ secret: SECRET }),
        feature('TeamModule', [One]),
        feature('PasswordModule', [Reset], { providers: [Users, PasswordBinding] }),
      ],
    })
    class App {}
    const app = await NestFactory.createApplicationContext(App, {
      logger: false,
      abortOnError: false,
      moduleIdGeneratorAlgorithm: 'deep-hash',
    });
    const token = await app.get(TempIDService).mint(Reset, null, { subject: 'ada' });
    expect(token.purpose).toBe('reset');
    await app.close();
  });

  it('forFeature throws for a list that holds anything but kinds', () => {
    for (const kinds of [One, ['same'], [{ purpose: 'same' }], undefined]) {
      expect(() => TempIDModule.forFeature(kinds as unknown as AnyTempIDKind[])).toThrow(
        'TempIDModule.forFeature takes a list of kinds, each made by defineTempID.',
      );
    }
  });

  it('an application does not start where nobody provides the binding class of a kind, and the error names the module to add it to', async () => {
    const imports = [feature('PasswordModule', [Reset])];
    await expect(compile({ imports })).rejects.toThrow(
      `Tokens of the kind 'reset' are bound to what PasswordBinding looks up: add PasswordBinding to the ` +
        'providers of PasswordModule.',
    );
  });

  it('an application does not start where a route has a kind that no module registers, though its binding is a class', async () => {
    @Controller()
    class ResetController {
      @Post()
      @UseTempID(Reset)
      reset() {}
    }
    await expect(compile({ controllers: [ResetController] })).rejects.toThrow(
      /give the kind to TempIDModule\.forFeature in the module that has PasswordBinding/,
    );
  });

  describe('a binding class that two modules provide', () => {
    const values = { OwnerModule: 'of the owner', StrangerModule: 'of a stranger' };
    const provide = (value: string) => [
      { provide: PasswordBinding, useValue: { resolve: () => value } },
    ];
    let resolved: string[];

    beforeEach(() => {
      resolved = [];
    });

    it('a binding is looked up by the provider of the module that registers the kind', async () => {
      const stranger = class StrangerModule {};
      Module({ providers: provide(values.StrangerModule) })(stranger);
      const owner = feature('OwnerModule', [Reset], { providers: provide(values.OwnerModule) });
      for (const imports of [
        [stranger, owner],
        [owner, stranger],
      ]) {
        const module = await compile({ imports });
        const tempid = module.get(TempIDService);
        const { value } = await tempid.mint(Reset);
        for (const boundTo of Object.values(values)) {
          if (await tempid.verify(value, Reset, { boundTo })) resolved.push(boundTo);
        }
        await module.close();
      }
      expect(resolved).toEqual(['of the owner', 'of the owner']);
    });
  });
});
