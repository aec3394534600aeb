import {
  Controller,
  Delete,
  type DynamicModule,
  Get,
  type INestApplication,
  Module,
  Post,
  RequestMethod,
  type Type,
  Version,
  VersioningType,
} from '@nestjs/common';
import { RouterModule } from '@nestjs/core';
import { describe, expect, it } from '@jest/globals';
import { TempIDLink } from '../../src/index.js';
import { PLATFORMS, type Platform, startApp } from '../support/http.js';

/** As a newcomer writes it: the form that asks for a link, and the link, at one address. */
@Controller('shared')
class SharedPathController {
  @Post('/login')
  ask(): string {
    return 'asked';
  }

  @TempIDLink(['other', 'login'], { purpose: 'open' })
  login(): string {
    return 'ran';
  }
}

@Controller('versioned')
class VersionedController {
  @Version('1')
  @TempIDLink('login', { purpose: 'open' })
  first(): string {
    return 'first';
  }

  @Version('2')
  @Get('login')
  second(): string {
    return 'second';
  }
}

@Controller('auth')
class AskController {
  @Post('login')
  ask(): string {
    return 'asked';
  }
}

@Controller('auth')
class LoginController {
  @TempIDLink('login', { purpose: 'open' })
  login(): string {
    return 'ran';
  }
}

const REFUSED = 'AskController.ask has the path of the link LoginController.login';

function moduleOf(name: string, ...controllers: Type[]): Type {
  const holder = { [name]: class {} };
  const type = holder[name] as Type;
  Module({ controllers })(type);
  return type;
}

/** Starts it, and says whether it listens. */
async function starts(
  platform: Platform,
  controllers: Type[],
  { imports = [], configure }: Starting = {},
): Promise<boolean> {
  const { app } = await startApp(platform, controllers, { isGlobal: true }, [], configure, imports);
  const isListening = app.getHttpServer().listening as boolean;
  await app.close();
  return isListening;
}

interface Starting {
  readonly imports?: DynamicModule[];
  readonly configure?: (app: INestApplication) => void;
}

const under = (path: string, module: Type): DynamicModule[] => [
  { module },
  RouterModule.register([{ path, module }]),
];

describe.each(PLATFORMS)('a link whose path another handler has, on %s,', (platform) => {
  it('is refused at the start within one controller, by both names', async () => {
    await expect(starts(platform, [SharedPathController])).rejects.toThrow(
      'SharedPathController.ask has the path of the link SharedPathController.login',
    );
  });

  it('is refused where the paths differ only by the name of a parameter', async () => {
    @Controller('parameters')
    class ParameterController {
      @TempIDLink(':token', { purpose: 'open' })
      open(): void {}

      @Delete(':id')
      remove(): void {}
    }
    await expect(starts(platform, [ParameterController])).rejects.toThrow(
      'ParameterController.remove has the path of the link ParameterController.open',
    );
  });

  it('is refused where the other is of another controller, in whatever order', async () => {
    await expect(starts(platform, [AskController, LoginController])).rejects.toThrow(REFUSED);
    await expect(starts(platform, [LoginController, AskController])).rejects.toThrow(REFUSED);
  });

  it('is refused where the other is a link, too', async () => {
    @Controller()
    class OtherLinkController {
      @TempIDLink('auth/login', { purpose: 'other' })
      other(): void {}
    }
    await expect(starts(platform, [OtherLinkController, LoginController])).rejects.toThrow(
      'LoginController.login has the path of the link OtherLinkController.other',
    );
  });

  it('is refused where the other is of another module, by one of several paths', async () => {
    @Controller({ path: ['accounts', '/auth/'] })
    class ListedController {
      @Post('login')
      ask(): void {}
    }
    const imports = [{ module: moduleOf('AskModule', ListedController) }];
    await expect(starts(platform, [LoginController], { imports })).rejects.toThrow(
      'ListedController.ask has the path of the link LoginController.login',
    );
  });

  it('is refused where the path of a module makes the two one', async () => {
    @Controller()
    class RootController {
      @Post('login')
      ask(): void {}
    }
    const imports = under('auth', moduleOf('AskModule', RootController));
    await expect(starts(platform, [LoginController], { imports })).rejects.toThrow(
      'RootController.ask has the path of the link LoginController.login',
    );
  });

  it('is refused below a prefix that the application has for both', async () => {
    const configure = (app: INestApplication) =>
      app.setGlobalPrefix('api', {
        exclude: ['auth/login', { path: 'auth/logout', method: RequestMethod.POST }],
      });
    await expect(starts(platform, [AskController, LoginController], { configure })).rejects.toThrow(
      REFUSED,
    );
  });

  it('is refused where both have one version, by the class, the handler or the application', async () => {
    @Controller({ path: 'auth', version: ['1', '2'] })
    class BothController {
      @Post('login')
      ask(): void {}
    }
    @Controller('auth')
    class SecondController {
      @TempIDLink('login', { purpose: 'open' })
      @Version('2')
      login(): void {}
    }
    @Controller('auth')
    class DefaultController {
      @TempIDLink('login', { purpose: 'open' })
      login(): void {}
    }
    const configure = (app: INestApplication) =>
      app.enableVersioning({ type: VersioningType.URI, defaultVersion: '1' });
    await expect(
      starts(platform, [BothController, SecondController], { configure }),
    ).rejects.toThrow('BothController.ask has the path of the link SecondController.login');
    await expect(
      starts(platform, [BothController, DefaultController], { configure }),
    ).rejects.toThrow('BothController.ask has the path of the link DefaultController.login');
  });

  it('is refused where the versions differ of an application that has none', async () => {
    await expect(starts(platform, [VersionedController])).rejects.toThrow(
      'VersionedController.second has the path of the link VersionedController.first',
    );
  });
});

describe.each(PLATFORMS)('an application on %s starts', (platform) => {
  it('where the other handler is of another version', async () => {
    const configure = (app: INestApplication) =>
      app.enableVersioning({ type: VersioningType.HEADER, header: 'x-version' });
    expect(await starts(platform, [VersionedController], { configure })).toBe(true);
  });

  it('where the other handler is of a module with another path', async () => {
    const imports = under('admin', moduleOf('AskModule', AskController));
    expect(await starts(platform, [LoginController], { imports })).toBe(true);
  });

  it('where the prefix of the application stands before one of the two only', async () => {
    const configure = (app: INestApplication) =>
      app.setGlobalPrefix('api', {
        exclude: [{ path: 'auth/login', method: RequestMethod.POST }],
      });
    const controllers = [AskController, LoginController];
    expect(await starts(platform, controllers, { configure })).toBe(true);
  });

  it('where a route below the link matches its address by a parameter', async () => {
    @Controller('auth')
    class AnyController {
      @Get(':page')
      any(): void {}
    }
    expect(await starts(platform, [LoginController, AnyController])).toBe(true);
  });

  it('where one controller belongs to two modules with paths of their own', async () => {
    const [one, other] = [
      moduleOf('OneModule', LoginController),
      moduleOf('OtherModule', LoginController),
    ];
    const imports = [...under('one', one), ...under('other', other)];
    expect(await starts(platform, [], { imports })).toBe(true);
  });

  it('where two classes inherit one link, each at a path of its own', async () => {
    abstract class Base {
      @TempIDLink('login', { purpose: 'open' })
      login(): void {}
    }
    @Controller('one')
    class OneController extends Base {}
    @Controller('other')
    class OtherController extends Base {}
    expect(await starts(platform, [OneController, OtherController])).toBe(true);
  });
});

describe('an application on Express starts', () => {
  it('where the other handler is of another host, of which Fastify knows nothing', async () => {
    @Controller({ path: 'auth', host: 'admin.localhost' })
    class AdminController {
      @Post('login')
      ask(): void {}
    }
    @Controller({ path: 'auth', host: 'app.localhost' })
    class AppController {
      @TempIDLink('login', { purpose: 'open' })
      login(): void {}
    }
    expect(await starts('Express', [AdminController, AppController])).toBe(true);
  });
});
