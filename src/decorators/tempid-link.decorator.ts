import {
  All,
  applyDecorators,
  HttpStatus,
  type NestInterceptor,
  UseFilters,
  UseInterceptors,
} from '@nestjs/common';
import { hasHttpCode } from '../common/nest-internals.js';
import { assertGiven } from '../common/options.js';
import { TempIDLinkGuard } from '../guards/tempid-link.guard.js';
import { LinkPageFilter } from '../links/link-page.filter.js';
import type { AnyTempIDKind, BesideKind, NoKind } from '../kinds/tempid-kind.js';
import {
  type TempIDLinkOptions,
  type TempIDLinkRoute,
  LINK_RULES,
  toLinkRoute,
} from '../links/link-options.js';
import { type DecoratorArguments, decorateRoute, readRoute } from './route-decorator.js';

/**
 * Makes the handler that of a link in a mail: `GET` verifies and answers a page with one button, whose
 * `POST` uses the token and runs the handler; `HEAD` and prefetches run nothing, and other methods are
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
  options?: BesideKind<TempIDLinkOptions>,
): MethodDecorator;
export function TempIDLink(
  path?: string | string[],
  options?: TempIDLinkOptions & NoKind,
): MethodDecorator;
export function TempIDLink(
  ...args: [path?: string | string[], ...options: DecoratorArguments<TempIDLinkOptions>]
): MethodDecorator {
  assertGiven(args, '@TempIDLink', ['a path']);
  const [path = '', ...ofRoute] = args;
  const name = '@TempIDLink';
  const read = readRoute(ofRoute, { name, rules: LINK_RULES, guard: TempIDLinkGuard });
  const { otherBrowsers: _1, page: _2, consume = true, ...options } = read;
  const route: TempIDLinkRoute & typeof options = { ...options, consume, link: toLinkRoute(read) };
  return applyDecorators(
    decorateRoute(name, route),
    All(path),
    UseInterceptors(linkStatus),
    UseFilters(LinkPageFilter),
  );
}

/** As Nest does it for a route of POST alone: 201 unless `@HttpCode`, or what came before, says otherwise. */
const linkStatus: NestInterceptor = {
  intercept(context, next) {
    const http = context.switchToHttp();
    const isClick = http.getRequest<{ readonly method: string }>().method === 'POST';
    const response = http.getResponse<{ statusCode: number; status(code: number): unknown }>();
    const isUnsaid = response.statusCode === 200 && !hasHttpCode(context.getHandler());
    if (isClick && isUnsaid) response.status(HttpStatus.CREATED);
    return next.handle();
  },
};
