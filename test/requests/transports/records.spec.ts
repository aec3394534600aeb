import { describe, expect, it } from '@jest/globals';
import { Controller, type INestMicroservice, type Type } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { ExecutionContextHost } from '@nestjs/core/helpers/execution-context-host.js';
import { type CustomTransportStrategy, MessagePattern, Server } from '@nestjs/microservices';
import { lastValueFrom } from 'rxjs';
import {
  CurrentTempID,
  type TempID,
  TempIDGuard,
  TempIDService,
  UseTempID,
} from '../../../src/index.js';
import { stateOf } from '../../../src/requests/request-state.js';
import { moduleWith } from './running.js';

/** A transport of an application, which gives all messages of a connection one context, or none. */
class OwnServer extends Server implements CustomTransportStrategy {
  private readonly connection = {};

  listen(callback: () => void): void {
    callback();
  }

  async receive(pattern: string, data: unknown, hasContext: boolean): Promise<unknown> {
    const handler = this.getHandlerByPattern(pattern);
    if (!handler) throw new Error(`nobody handles ${pattern}`);
    const result: unknown = await (hasContext ? handler(data, this.connection) : handler(data));
    return lastValueFrom(this.transformToObservable(result));
  }

  close(): void {}
  on(): void {}
  unwrap(): never {
    throw new Error('There is nothing in it.');
  }
}

@Controller()
@UseTempID(true)
class MessagesController {
  @MessagePattern('consume')
  @UseTempID(true)
  consume(@CurrentTempID() token: TempID): string {
    return token.id;
  }
}

describe.each([true, false])('messages of one context, which is there: %s', (hasContext) => {
  it('messages that share one context are each asked for a token, and each count one use', async () => {
    const strategy = new OwnServer();
    const module = await moduleWith({ controllers: [MessagesController] }).compile();
    const app: INestMicroservice = module.createNestMicroservice({ strategy, logger: false });
    await app.listen();
    const tempid = app.get(TempIDService);
    const { value, id } = await tempid.mint({ maxUses: 5 });
    expect(await strategy.receive('consume', { token: value }, hasContext)).toBe(id);
    await expect(strategy.receive('consume', {}, hasContext)).rejects.toMatchObject({
      code: 'TEMPID_MISSING',
    });
    const other = await tempid.mint();
    expect(await strategy.receive('consume', { token: other.value }, hasContext)).toBe(other.id);
    expect((await tempid.usesInfo(value)).used).toBe(1);
    await app.close();
  });
});

class TeamResolver {
  resolveReference(reference: { id: string }): string {
    return reference.id;
  }
}
UseTempID(true)(
  TeamResolver.prototype,
  'resolveReference',
  Object.getOwnPropertyDescriptor(TeamResolver.prototype, 'resolveReference') ?? {},
);

describe('the references that one field of a federation asks for', () => {
  const contextOf = (args: unknown[]) => {
    const context = new ExecutionContextHost(
      args,
      TeamResolver as Type<unknown>,
      TeamResolver.prototype.resolveReference,
    );
    context.setType('graphql');
    return context;
  };

  it('the references of one field of a federation each count a use, and each have their token', async () => {
    const app = await moduleWith({}).compile();
    const guard = await app.get(ModuleRef).create(TempIDGuard);
    const tempid = app.get(TempIDService);
    const token = await tempid.mint({ maxUses: 2 });
    const [info, gqlContext] = [{}, { req: { headers: { 'x-token': token.value } } }];
    const next = () => contextOf([{ id: '1' }, gqlContext, info]);
    for (const context of [next(), next()]) {
      expect(await guard.canActivate(context)).toBe(true);
      expect(stateOf(context)?.token.equals(token)).toBe(true);
    }
    await expect(guard.canActivate(next())).rejects.toMatchObject({
      extensions: { code: 'TEMPID_EXHAUSTED' },
    });
    await app.close();
  });

  it('references are refused where GraphQL gives no info', async () => {
    const app = await moduleWith({}).compile();
    const guard = await app.get(ModuleRef).create(TempIDGuard);
    await expect(guard.canActivate(contextOf([{}, {}, {}, undefined]))).rejects.toMatchObject({
      code: 'TEMPID_CONFIGURATION',
    });
    await app.close();
  });
});
