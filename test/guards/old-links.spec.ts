import { Controller, type ExecutionContext, Injectable, Module, Post } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  TempIDGuard,
  TempIDModule,
  type TempIDRoute,
  TempIDService,
  UseTempID,
  type VerifyOptions,
} from '../../src/index.js';
import { SECRET } from '../support/secrets.js';

/** As docs/coming-from.md has it. */
@Injectable()
class OldLinksGuard extends TempIDGuard {
  protected override getVerifyOptions(
    context: ExecutionContext,
    route: TempIDRoute,
  ): VerifyOptions {
    const options = super.getVerifyOptions(context, route);
    if (!this.getToken(context, route)?.includes('TEMP-V2.')) return options;
    const { purpose: _, ...others } = options;
    return others;
  }
}

@Controller()
class LinksController {
  @Post('reset')
  @UseTempID({ purpose: 'reset', consume: true, guard: OldLinksGuard })
  reset(): string {
    return 'done';
  }

  @Post('any')
  @UseTempID({ consume: true, guard: OldLinksGuard })
  any(): string {
    return 'done';
  }
}

@Module({
  imports: [TempIDModule.forRoot({ secret: SECRET, accept: ['v3', 'v2'] })],
  controllers: [LinksController],
})
class AppModule {}

describe('a guard that lets old links of v2 through', () => {
  let app: Awaited<ReturnType<typeof NestFactory.create>>;
  let tempid: TempIDService;

  beforeAll(async () => {
    app = await NestFactory.create(AppModule, { logger: false });
    await app.listen(0, '127.0.0.1');
    tempid = app.get(TempIDService);
  });

  afterAll(() => app.close());

  const post = async (path: string, token: unknown) =>
    (await fetch(`${await app.getUrl()}/${path}?token=${token}`, { method: 'POST' })).status;

  it('a guard for old links asks v2 tokens for no purpose, and v3 tokens for that of the route', async () => {
    const old = await tempid.mint({ format: 'v2', maxUses: 1 });
    expect(await post('reset', old)).toBe(201);
    expect(await post('reset', old)).toBe(401);
    expect(await post('reset', await tempid.mint({ purpose: 'reset' }))).toBe(201);
    expect(await post('reset', await tempid.mint({ purpose: 'other' }))).toBe(401);
    expect(await post('reset', await tempid.mint())).toBe(401);
  });

  it('a guard for old links works on a route without a purpose', async () => {
    expect(await post('any', await tempid.mint())).toBe(201);
    expect(await post('any', await tempid.mint({ format: 'v2' }))).toBe(201);
    expect(await post('any', await tempid.mint({ purpose: 'reset' }))).toBe(401);
  });
});
