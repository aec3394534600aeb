import { applyDecorators, Get, Post, SetMetadata, UseFilters, UseGuards } from '@nestjs/common';
import { PARAMTYPES_METADATA, ROUTE_ARGS_METADATA } from '@nestjs/common/constants.js';
import { TempIDConfigurationError } from '../common/errors.js';
import { assertGiven } from '../common/validation.js';
import { type Mark, mark } from '../guards/marks.js';
import { TempIDGuard } from '../guards/tempid.guard.js';
import { OPENING_OF, USE_TEMPID } from '../requests/route-options.js';
import { LinkPageFilter } from '../links/link-page.filter.js';
import type { AnyTempIDKind, NoKind } from '../kinds/tempid-kind.js';
import {
  type TempIDLinkKindOptions,
  type TempIDLinkOptions,
  readLinkOptions,
  toLinkRoute,
} from '../links/link-options.js';
import { type DecoratorArguments, readDecoratorArguments } from './decorator-arguments.js';
import { readUseTempIDOptions } from './use-tempid.decorator.js';

/**
 * Makes the handler that of a link in a mail: `GET` verifies, spends nothing and answers a page with one
 * button, whose `POST` spends one use and runs the handler; `HEAD` and prefetches run nothing. It stands
 * in place of `@Get` and `@Post`; guards and other metadata of the handler hold for both.
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
  const options = readLinkOptions(linkOptions);
  const { otherBrowsers: _1, grace: _2, page: _3, ...route } = options;
  const link = toLinkRoute(options);
  const linked = readUseTempIDOptions(
    { ...route, consume: route.consume ?? true },
    '@TempIDLink',
    kind,
  );
  const asked: Mark = {
    decorator: '@TempIDLink',
    route: { ...linked, ...(kind && { kind }), link },
    guard: route.guard ?? TempIDGuard,
  };
  return (prototype, name, descriptor) => {
    const handler: unknown = descriptor.value;
    if (typeof name !== 'string' || typeof handler !== 'function') {
      throw new TempIDConfigurationError(`@TempIDLink stands on a method with a name.`);
    }
    applyDecorators(
      mark(asked),
      Post(path),
      SetMetadata(USE_TEMPID, asked.route),
      UseGuards(asked.guard),
      UseFilters(LinkPageFilter),
    )(prototype, name, descriptor);
    addOpening(prototype, name, handler, path);
    mark(asked)(prototype, `${name}$open`, descriptor);
  };
}

/** A second method, next to the handler, that answers the GET of a link: what is known of the handler is known of it. */
function addOpening(
  prototype: object,
  name: string,
  handler: object,
  path: string | string[],
): void {
  const opening = `${name}$open`;
  const open = function (this: object, ...args: never): unknown {
    return Reflect.apply(Reflect.get(this, name), this, args);
  };
  Object.defineProperty(open, 'name', { value: opening });
  Object.setPrototypeOf(open, asDecorated(prototype, name, handler));
  const descriptor = { value: open, configurable: true, writable: true };
  Object.defineProperty(prototype, opening, descriptor);
  putBehind(prototype, name, opening);
  for (const [key, target] of [
    [ROUTE_ARGS_METADATA, prototype.constructor],
    [PARAMTYPES_METADATA, prototype],
  ] as const) {
    const known: unknown = Reflect.getMetadata(key, target, name);
    if (known !== undefined) Reflect.defineMetadata(key, known, target, opening);
  }
  Reflect.defineMetadata(OPENING_OF, name, open);
  Get(path)(prototype, opening, descriptor);
}

/**
 * What is inherited from: the method as decorators above leave it, since one that wraps it has those above
 * itself speak of the wrapper; the handler where the wrapper is no link any more.
 */
function asDecorated(prototype: object, name: string, handler: object): object {
  return new Proxy(handler, {
    getPrototypeOf() {
      const method: unknown = Reflect.get(prototype, name);
      const isLink = typeof method === 'function' && Reflect.hasMetadata(USE_TEMPID, method);
      return isLink ? method : handler;
    },
  });
}

/** Routes are registered in the order of the methods, and one below, such as `:id`, may match the same address. */
function putBehind(prototype: object, name: string, added: string): void {
  const names = Object.getOwnPropertyNames(prototype);
  for (const later of names.slice(names.indexOf(name) + 1)) {
    const descriptor = Object.getOwnPropertyDescriptor(prototype, later);
    if (later === added || !descriptor?.configurable) continue;
    Reflect.deleteProperty(prototype, later);
    Object.defineProperty(prototype, later, descriptor);
  }
}
