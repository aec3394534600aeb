import {
  All,
  applyDecorators,
  HttpStatus,
  type NestInterceptor,
  SetMetadata,
  UseFilters,
  UseGuards,
  UseInterceptors,
} from '@nestjs/common';
import { HTTP_CODE_METADATA } from '@nestjs/common/constants.js';
import { pickOptions } from '../common/options.js';
import { assertGiven } from '../common/validation.js';
import { mark } from '../guards/marks.js';
import { TempIDLinkGuard } from '../guards/tempid-link.guard.js';
import { USE_TEMPID } from '../requests/route-options.js';
import { LinkPageFilter } from '../links/link-page.filter.js';
import type { AnyTempIDKind, NoKind } from '../kinds/tempid-kind.js';
import {
  type TempIDLinkKindOptions,
  type TempIDLinkOptions,
  type TempIDLinkRoute,
  LINK_RULES,
  toLinkRoute,
} from '../links/link-options.js';
import { type DecoratorArguments, readDecoratorArguments } from './decorator-arguments.js';
import { readUseTempIDOptions } from './use-tempid.decorator.js';

/**
 * Makes the handler that of a link in a mail: `GET` verifies, spends nothing and answers a page with one
 * button, whose `POST` spends one use and runs the handler; `HEAD` and prefetches run nothing, and other methods are
 * answered 405. It stands in place of `@Get` and `@Post`, and takes its path for itself.
 *
 * @param path of the route, as `@Post` takes it
 * @param options a kind may come before them, as of `@UseTempID`
 * @throws {@link TempIDConfigurationError} for an option that is not there, or wrong
 * @example
 * \@TempIDLink('login', { purpose: 'magic-login' })
 * \@Redirect('/home', 303)
 * login(@CurrentTempID() token: TempID, \@Session() session) {}
 */
export function TempIDLink(
  path: string | string[],
  kind: AnyTempIDKind,
  options?: TempIDLinkKindOptions,
): MethodDecorator;
export function TempIDLink(
  path?: string | string[],
  options?: TempIDLinkOptions & NoKind,
): MethodDecorator;
export function TempIDLink(
  ...args: [path?: string | string[], ...options: DecoratorArguments<TempIDLinkOptions>]
): MethodDecorator {
  assertGiven(args, '@TempIDLink', ['a path']);
  const [path = '', ...given] = args;
  const { kind, options: linkOptions = {} } = readDecoratorArguments('@TempIDLink', given);
  const options = pickOptions(linkOptions, LINK_RULES, '@TempIDLink');
  const { otherBrowsers: _1, grace: _2, page: _3, ...beside } = options;
  const link = toLinkRoute(options);
  const { guard = TempIDLinkGuard, ...read } = readUseTempIDOptions(
    { ...beside, consume: beside.consume ?? true },
    '@TempIDLink',
    { kind, base: TempIDLinkGuard },
  );
  const route: TempIDLinkRoute = { ...read, ...(kind && { kind }), link, guard };
  return applyDecorators(
    mark({ decorator: '@TempIDLink', route, guard }),
    All(path),
    SetMetadata(USE_TEMPID, route),
    UseGuards(guard),
    UseInterceptors(linkStatus),
    UseFilters(LinkPageFilter),
  );
}

/** As Nest does it for a route of POST alone: 201 unless `@HttpCode` says otherwise. */
const linkStatus: NestInterceptor = {
  intercept(context, next) {
    const http = context.switchToHttp();
    const isClick = http.getRequest<{ readonly method: string }>().method === 'POST';
    if (isClick && !Reflect.hasMetadata(HTTP_CODE_METADATA, context.getHandler())) {
      http.getResponse<{ status(code: number): unknown }>().status(HttpStatus.CREATED);
    }
    return next.handle();
  },
};
