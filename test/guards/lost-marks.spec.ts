import {
  applyDecorators,
  Controller,
  Get,
  HttpCode,
  Module,
  Post,
  type Provider,
  Scope,
  SetMetadata,
  type Type,
  UseGuards,
} from '@nestjs/common';
import { Query, Resolver } from '@nestjs/graphql';
import { EventPattern, MessagePattern } from '@nestjs/microservices';
import { Test } from '@nestjs/testing';
import { SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { describe, expect, it } from '@jest/globals';
import {
  CurrentTempID,
  type TempID,
  TempIDConfigurationError,
  TempIDGuard,
  TempIDLink,
  TempIDModule,
  UseTempID,
  UseTempIDCode,
} from '../../src/index.js';
import { PLATFORMS, startApp } from '../support/http.js';
import { SECRET } from '../support/secrets.js';

type Method = (...args: unknown[]) => unknown;

/** As @CreateRequestContext() of MikroORM does: wraps the method and copies no metadata. */
const Losing: MethodDecorator = (_prototype, _name, descriptor: PropertyDescriptor) => {
  const inner = descriptor.value as Method;
  descriptor.value = function (this: unknown, ...args: unknown[]) {
    return inner.apply(this, args);
  };
};

/** As typeorm-transactional and nestjs-cls do. */
const Copying: MethodDecorator = (prototype, name, descriptor: PropertyDescriptor) => {
  const inner = descriptor.value as object;
  Losing(prototype, name, descriptor);
  for (const key of Reflect.getMetadataKeys(inner)) {
    Reflect.defineMetadata(key, Reflect.getMetadata(key, inner), descriptor.value);
  }
};

const Proxying: MethodDecorator = (_prototype, _name, descriptor: PropertyDescriptor) => {
  descriptor.value = new Proxy(descriptor.value, {});
};

/** As @autobind does. */
const Binding: MethodDecorator = (_prototype, _name, { value }: PropertyDescriptor) => ({
  configurable: true,
  get(): never {
    return (value as Method).bind(this) as never;
  },
});

/** Puts guards of its own in the place of those that are there. */
const OnlyGuard = (guard: object) => SetMetadata('__guards__', [guard]);

class OpenGuard {
  canActivate(): boolean {
    return true;
  }
}

/** Puts another class in the place, which is no subclass. */
const ProxyingClass = <T extends object>(type: T): T => new Proxy(type, {});

/** Every method by another that leads to the same route. */
const WrappingAll = ({ prototype }: { prototype: object }): void => {
  for (const name of Object.getOwnPropertyNames(prototype)) {
    const descriptor = Object.getOwnPropertyDescriptor(prototype, name);
    if (name === 'constructor' || !descriptor) continue;
    const inner = descriptor.value as object;
    Losing(prototype, name, descriptor);
    for (const key of ['path', 'method']) {
      Reflect.defineMetadata(key, Reflect.getMetadata(key, inner), descriptor.value);
    }
    Object.defineProperty(prototype, name, descriptor);
  }
};

const consume = { purpose: 'reset', consume: true } as const;

@Controller()
class Wrapped {
  @Post()
  @Losing
  @UseTempID(consume)
  handler(): string {
    return 'open';
  }
}

@Controller()
class WrappedByProxy {
  @Post()
  @Proxying
  @UseTempID(consume)
  handler(): string {
    return 'open';
  }
}

@Controller()
class WrappedWithItsRoute {
  @Losing
  @Post()
  @UseTempID(consume)
  handler(): string {
    return 'nowhere';
  }
}

@Controller()
class Bound {
  @Binding
  @Post()
  @UseTempID(consume)
  handler(): string {
    return 'nowhere';
  }
}

@Controller()
class Code {
  @Post()
  @Losing
  @UseTempIDCode({ purpose: 'login' })
  handler(): string {
    return 'open';
  }
}

@Controller()
class Link {
  @Losing
  @TempIDLink('link', { purpose: 'reset' })
  handler(): string {
    return 'open';
  }
}

@Controller()
class OtherGuards {
  @Post()
  @OnlyGuard(OpenGuard)
  @UseTempID(consume)
  handler(): string {
    return 'open';
  }
}

class StrictGuard extends TempIDGuard {}

@Controller()
class OwnGuard {
  @Post()
  @OnlyGuard(TempIDGuard)
  @UseTempID({ guard: StrictGuard })
  handler(): string {
    return 'weaker';
  }
}

@Controller()
@UseTempID()
class WeakerClass {
  @Post()
  @Losing
  @UseTempID(consume)
  handler(): string {
    return 'weaker';
  }
}

@WrappingAll
@Controller()
class EveryMethod {
  @Post()
  @UseTempID(consume)
  handler(): string {
    return 'open';
  }
}

class Inherited {
  @Post()
  @Losing
  @UseTempID(consume)
  handler(): string {
    return 'open';
  }
}
@Controller()
class Inheriting extends Inherited {}

@Controller({ scope: Scope.REQUEST })
class OfRequest {
  @Post()
  @Losing
  @UseTempID(consume)
  handler(): string {
    return 'open';
  }
}

/** Nest takes the route from the prototype, and the method and its guards from the instance. */
@Controller()
class BoundByConstructor {
  constructor() {
    this.handler = this.handler.bind(this);
  }

  @Post()
  @UseTempID(consume)
  handler(): string {
    return 'open';
  }
}

@Controller()
class Messages {
  @MessagePattern('reset')
  @Losing
  @UseTempID(consume)
  handler(): string {
    return 'open';
  }
}

@Controller()
class Events {
  @EventPattern('reset')
  @Losing
  @UseTempID(consume)
  handler(_data: unknown): void {}
}

@WebSocketGateway()
class Gateway {
  @SubscribeMessage('reset')
  @Losing
  @UseTempID(consume)
  handler(): string {
    return 'open';
  }
}

@Resolver()
class Queries {
  @Query(() => String)
  @Losing
  @UseTempID(consume)
  handler(): string {
    return 'open';
  }
}

async function start(controllers: Type[], providers: Provider[] = []): Promise<void> {
  const module = await Test.createTestingModule({
    imports: [TempIDModule.forRoot({ secret: SECRET })],
    controllers,
    providers,
  }).compile();
  try {
    await module.createNestApplication({ logger: false }).init();
  } finally {
    await module.close();
  }
}

describe('A handler that has lost what its decorator gave it stops the start', () => {
  it.each<[string, string, Type]>([
    ['by a wrapper between @Post and @UseTempID', 'Wrapped.handler (@UseTempID)', Wrapped],
    ['by a Proxy', 'WrappedByProxy.handler (@UseTempID)', WrappedByProxy],
    ['by a wrapper above both', 'WrappedWithItsRoute.handler (@UseTempID)', WrappedWithItsRoute],
    ['by a getter', 'Bound.handler (@UseTempID)', Bound],
    ['of @UseTempIDCode', 'Code.handler (@UseTempIDCode)', Code],
    ['of @TempIDLink', 'Link.handler (@TempIDLink)', Link],
    ['by other guards in the place of its own', 'OtherGuards.handler (@UseTempID)', OtherGuards],
    ['by a plain guard in the place of its own', 'OwnGuard.handler (@UseTempID)', OwnGuard],
    ['though its class has options, too', 'WeakerClass.handler (@UseTempID)', WeakerClass],
    ['by a decorator of the class', 'EveryMethod.handler (@UseTempID)', EveryMethod],
    ['in the class that it is inherited from', 'Inherited.handler (@UseTempID)', Inheriting],
    ['in a controller of a request', 'OfRequest.handler (@UseTempID)', OfRequest],
    ['by its constructor', 'BoundByConstructor.handler (@UseTempID)', BoundByConstructor],
    ['of a microservice', 'Messages.handler (@UseTempID)', Messages],
    ['of events', 'Events.handler (@UseTempID)', Events],
  ])(
    'a handler that has lost the metadata of its decorator stops the start %s: %s',
    async (_, name, controller) => {
      const starting = start([controller]);
      await expect(starting).rejects.toThrow(TempIDConfigurationError);
      await expect(starting).rejects.toThrow(`${name} would run without a token`);
      await expect(starting).rejects.toThrow('Put the decorator of this module above that one');
    },
  );

  it.each<[string, string, Provider]>([
    ['a gateway', 'Gateway', Gateway],
    ['a resolver', 'Queries', Queries],
    ['a resolver under another name', 'Queries', { provide: 'queries', useClass: Queries }],
    ['what a factory made', 'Queries', { provide: 'queries', useFactory: () => new Queries() }],
  ])(
    'a handler that has lost the metadata of its decorator stops the start of %s',
    async (_, name, provider) => {
      await expect(start([], [provider])).rejects.toThrow(`${name}.handler (@UseTempID) would run`);
    },
  );

  it('a handler that has lost its metadata to a decorator of the class stops the start', async () => {
    @Controller()
    @ProxyingClass
    @UseTempID()
    class Replaced {
      @Post()
      handler(): string {
        return 'open';
      }
    }
    await expect(start([Replaced])).rejects.toThrow('Replaced (@UseTempID) would run');
  });

  it('the error names every handler that has lost its metadata, also those of other modules', async () => {
    @Module({ controllers: [Wrapped, Code] })
    class Feature {}
    const module = Test.createTestingModule({
      imports: [
        TempIDModule.forRoot({ secret: SECRET, isGlobal: true }),
        TempIDModule.forRoot({ secret: SECRET }),
        Feature,
      ],
    });
    await expect(module.compile()).rejects.toThrow(
      'Wrapped.handler (@UseTempID) and Code.handler (@UseTempIDCode) would run without a token',
    );
  });
});

@Controller()
class Kept {
  @Post('above')
  @UseTempID(consume)
  @Losing
  above(@CurrentTempID() token: TempID): string {
    return token.id;
  }

  @Post('copied')
  @Copying
  @UseTempID(consume)
  copied(@CurrentTempID() token: TempID): string {
    return token.id;
  }

  @Post('combined')
  @applyDecorators(UseGuards(OpenGuard), HttpCode(201), UseTempID(consume))
  combined(@CurrentTempID() token: TempID): string {
    return token.id;
  }

  @Copying
  @TempIDLink('link', { purpose: 'reset' })
  @HttpCode(201)
  link(@CurrentTempID() token: TempID): string {
    return token.id;
  }

  /** Nobody can reach it. */
  @UseTempID(consume)
  unrouted(): void {}
}

/** A handler of its own, that asks for no token, as its author has written. */
@Controller('public')
class Overriding extends Inherited {
  @Get()
  override handler(): string {
    return 'public';
  }
}

/** A class of its own for every caller. */
function Reset(path: string): Type {
  @Controller(path)
  class Mixed {
    @Post()
    @UseTempID(consume)
    handler(@CurrentTempID() token: TempID): string {
      return token.id;
    }
  }
  return Mixed;
}

@Controller('class')
@UseTempID(consume)
class OfClass {
  @Post()
  @Losing
  handler(@CurrentTempID() token: TempID): string {
    return token.id;
  }
}

describe.each(PLATFORMS)('A handler that keeps it asks for a token on %s', (platform) => {
  it('a handler asks for a token where a wrapper copies the metadata, and in mixins and decorated classes', async () => {
    const controllers = [Kept, Overriding, Reset('one'), Reset('other'), OfClass];
    const { app, tempid, send } = await startApp(platform, controllers);
    for (const path of ['above', 'copied', 'combined', 'link', 'one', 'other', 'class']) {
      const token = await tempid.mint({ purpose: 'reset', maxUses: 1 });
      const post = async (query = '') =>
        (await send(`/${path}${query}`, { method: 'POST' })).status;
      const statuses = [await post(), await post(`?token=${token}`), await post(`?token=${token}`)];
      expect([path, ...statuses]).toEqual([path, 401, 201, 401]);
    }
    expect((await send('/public')).body).toBe('public');
    await app.close();
  });
});

@Controller({ path: 'bound', scope: Scope.REQUEST })
class BoundOfRequest {
  constructor() {
    this.handler = this.handler.bind(this);
  }

  @Post()
  @UseTempID(consume)
  handler(): string {
    return 'open';
  }
}

describe('A controller of a request, which is made after the start,', () => {
  it('a controller of request scope runs no handler that its constructor has put in the place of a guarded one', async () => {
    const { app, send } = await startApp('Express', [BoundOfRequest]);
    expect((await send('/bound', { method: 'POST' })).status).toBe(500);
    await app.close();
  });
});

describe('Two decorators of this module on one handler are refused', () => {
  it('two decorators of this module on one handler are refused also with a wrapper between them', () => {
    expect(() => {
      class Twice {
        @UseTempID(true)
        @Losing
        @UseTempID({ purpose: 'reset' })
        handler(): void {}
      }
      return Twice;
    }).toThrow('handler has two decorators of this module');
  });
});
