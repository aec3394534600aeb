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
} from '@nestjs/common';
import { BaseExceptionFilter, ModulesContainer } from '@nestjs/core';
import { Test } from '@nestjs/testing';
import { WebSocketGateway } from '@nestjs/websockets';
import { EMPTY, type Observable } from 'rxjs';
import { describe, expect, it } from '@jest/globals';
import {
  addLastFilter,
  filtersOf,
  guardsOf,
  hasHttpCode,
  interceptorsOf,
  isEventStream,
  isGateway,
  methodsOf,
  pathOf,
  redirectUrlOf,
  registeredIn,
  requestMethodOf,
  versionedPathsOf,
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
  it('the method, the path and the version of a handler are where Nest keeps them', () => {
    const handlers = [content, any, events];
    expect(handlers.map(requestMethodOf)).toEqual([
      RequestMethod.GET,
      RequestMethod.ALL,
      RequestMethod.GET,
    ]);
    expect(pathOf(FilesController, content)).toEqual(['files', ':id', 'content']);
    expect(versionedPathsOf(content)).toEqual(['[[":","content"],"2"]']);
    expect(versionedPathsOf(any)).toEqual(['[["one"],null]', '[["two"],null]']);
    expect(versionedPathsOf(() => 'no handler')).toEqual([]);
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
