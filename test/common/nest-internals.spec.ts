import {
  All,
  Controller,
  Get,
  HttpCode,
  Injectable,
  Module,
  Post,
  Redirect,
  RequestMethod,
  Scope,
  Sse,
  UseFilters,
  UseGuards,
  UseInterceptors,
  Version,
  VERSION_NEUTRAL,
  VersioningType,
} from '@nestjs/common';
import {
  APP_GUARD,
  ApplicationConfig,
  BaseExceptionFilter,
  ModulesContainer,
  RouterModule,
} from '@nestjs/core';
import { RouteConstraints } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { WebSocketGateway } from '@nestjs/websockets';
import { EMPTY, type Observable } from 'rxjs';
import { describe, expect, it } from '@jest/globals';
import {
  addLastFilter,
  filtersOf,
  globalGuardsOf,
  guardsOf,
  hasHttpCode,
  httpRoutesIn,
  interceptorsOf,
  isEventStream,
  isGateway,
  methodsOf,
  pathOf,
  redirectUrlOf,
  registeredIn,
  requestMethodOf,
} from '../../src/common/nest-internals.js';

const guard = { canActivate: () => true };
const interceptor = { intercept: () => EMPTY };
const ownFilter = new BaseExceptionFilter();

@Controller('files')
class FilesController {
  @Get(':id/content')
  @Version('2')
  @HttpCode(203)
  @UseGuards(guard)
  @UseInterceptors(interceptor)
  content(): void {}

  @All(['one', 'two/'])
  @Redirect('/elsewhere')
  any(): void {}

  @Sse()
  events(): Observable<never> {
    return EMPTY;
  }
}

@Controller({ scope: Scope.REQUEST })
class RequestController {
  @Post()
  post(): void {}
}

@Injectable({ scope: Scope.TRANSIENT })
class TransientService {}

@WebSocketGateway()
@UseFilters(ownFilter)
class Gateway {}

const { content, any, events } = FilesController.prototype;

describe('Nest keeps where this package reads it', () => {
  it('the method and the path of a handler are where Nest keeps them', () => {
    const handlers = [content, any, events];
    expect(handlers.map(requestMethodOf)).toEqual([
      RequestMethod.GET,
      RequestMethod.ALL,
      RequestMethod.GET,
    ]);
    expect(pathOf(FilesController, content)).toEqual(['files', ':id', 'content']);
  });

  it('the addresses of all handlers have host, version, and the paths of module, class and method', async () => {
    @Controller({ path: ['teams', 'groups/'], host: 'a.example', version: ['1', VERSION_NEUTRAL] })
    class TeamsController {
      @Get(['/:id', 'all'])
      read(): void {}

      @Get('new')
      @Version('3')
      create(): void {}

      noHandler(): void {}
    }
    @Module({ controllers: [TeamsController] })
    class TeamsModule {}
    const module = await Test.createTestingModule({
      imports: [
        TeamsModule,
        RouterModule.register([{ path: 'api', children: [{ path: 'v', module: TeamsModule }] }]),
      ],
      controllers: [FilesController],
    }).compile();
    const app = module.createNestApplication();
    const addresses = () => {
      const routes = httpRoutesIn(app.get(ModulesContainer), app.get(ApplicationConfig));
      return Object.fromEntries(routes.map((route) => [route.name, route.addresses]));
    };
    expect(addresses()).toMatchObject({
      content: ['[[],"undefined",["files",":","content"]]'],
      any: ['[[],"undefined",["files","one"]]', '[[],"undefined",["files","two"]]'],
      noHandler: [],
    });
    app.enableVersioning({ type: VersioningType.HEADER, header: 'v', defaultVersion: '7' });
    app.setGlobalPrefix('app', {
      exclude: [{ path: 'files/one', method: RequestMethod.GET }, 'files/two'],
    });
    const versioned = addresses();
    expect(versioned).toMatchObject({
      content: ['[[],"2",["files",":","content"]]'],
      any: ['[[],"7",["files","two"]]'],
      create: [
        '[["a.example"],"3",["api","v","teams","new"]]',
        '[["a.example"],"3",["api","v","groups","new"]]',
      ],
    });
    expect(versioned['read']).toHaveLength(8);
    expect(versioned['read']).toContain('[["a.example"],"1",["api","v","groups",":"]]');
    await app.close();
  });

  it('an address is another one by the constraints of Fastify, and of every version one without a version in a URL', async () => {
    @Controller()
    class PlacedController {
      @Get('one')
      @RouteConstraints({ host: 'a.example' })
      ofA(): void {}

      @Get('one')
      @RouteConstraints({ host: 'b.example' })
      ofB(): void {}

      @Get('one')
      @Version(VERSION_NEUTRAL)
      neutral(): void {}

      @Get('one')
      unversioned(): void {}
    }
    const module = await Test.createTestingModule({ controllers: [PlacedController] }).compile();
    const app = module.createNestApplication();
    app.enableVersioning({ type: VersioningType.URI });
    const routes = httpRoutesIn(app.get(ModulesContainer), app.get(ApplicationConfig));
    const { ofA, ofB, neutral, unversioned } = Object.fromEntries(
      routes.map((route) => [route.name, route.addresses]),
    );
    expect(ofA).not.toEqual(ofB);
    expect(neutral).toEqual(unversioned);
    await app.close();
  });

  it('the global guards are found, those of request scope by their class', async () => {
    @Injectable({ scope: Scope.REQUEST })
    class PerRequestGuard {
      canActivate = () => true;
    }
    const module = await Test.createTestingModule({
      providers: [
        { provide: APP_GUARD, useClass: PerRequestGuard },
        { provide: APP_GUARD, useValue: guard },
      ],
    }).compile();
    const other = { canActivate: () => true };
    const app = module.createNestApplication().useGlobalGuards(other);
    expect(globalGuardsOf(app.get(ApplicationConfig))).toEqual([guard, other, PerRequestGuard]);
    await app.close();
  });

  it('whether a handler has a status, a redirect or a stream of events is where Nest keeps it', () => {
    expect([content, any].map(hasHttpCode)).toEqual([true, false]);
    expect([any, content].map(redirectUrlOf)).toEqual(['/elsewhere', undefined]);
    expect([events, content].map(isEventStream)).toEqual([true, false]);
  });

  it('guards and interceptors of a handler are where Nest keeps them', () => {
    expect([guardsOf(content), guardsOf(any)]).toEqual([[guard], []]);
    expect([interceptorsOf(content), interceptorsOf(any)]).toEqual([[interceptor], []]);
  });

  it('the filters of a gateway are where Nest keeps them, and the last is asked first', () => {
    expect([isGateway(Gateway), isGateway(FilesController)]).toEqual([true, false]);
    const last = new BaseExceptionFilter();
    addLastFilter(Gateway, last);
    expect(filtersOf(Gateway)).toEqual([last, ownFilter]);
  });

  it('the methods of a class are found in their order', () => {
    const names = [...methodsOf(FilesController.prototype)].map(([name]) => name);
    expect(names).toEqual(['content', 'any', 'events']);
  });

  it('what an application has registered, and what of it is made later, is where Nest keeps it', async () => {
    @Module({
      controllers: [FilesController, RequestController],
      providers: [TransientService, Gateway, { provide: 'value', useValue: 1 }],
    })
    class AppModule {}
    const app = await Test.createTestingModule({ imports: [AppModule] }).compile();
    const registered = registeredIn(app.get(ModulesContainer));
    await app.close();
    const isLater = (type: object) => registered.find((each) => each.type === type)?.isMadeLater;
    expect([FilesController, Gateway].map(isLater)).toEqual([false, false]);
    expect([RequestController, TransientService].map(isLater)).toEqual([true, true]);
    const instances = registered.map(({ instance }) => instance);
    expect(instances.some((each) => each instanceof FilesController)).toBe(true);
    expect(instances).toContain(1);
  });
});
