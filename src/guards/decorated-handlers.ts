import { Injectable, Logger, RequestMethod, type Type } from '@nestjs/common';
import { METHOD_METADATA, PATH_METADATA } from '@nestjs/common/constants.js';
import { MetadataScanner, ModulesContainer, Reflector } from '@nestjs/core';
import { KindRegistry } from '../kinds/kind-registry.js';
import { observe } from './held-use.interceptor.js';
import { isCodeRoute } from './use-tempid-code.options.js';
import { OPENING_OF, type TempIDRoute, USE_TEMPID } from './use-tempid.options.js';

/** A method that `@UseTempID` stands on, or on whose class it stands. */
interface DecoratedHandler {
  readonly route: TempIDRoute;
  readonly type: Type<object>;
  readonly name: string;
  readonly handler: object;
}

/**
 * Looks at every handler that asks for a token, of controllers, resolvers and gateways, before they are
 * registered: prepares those with `consume: 'on-success'`, takes away the GET of links that are overridden, warns
 * of those that mail scanners would spend, and refuses those of a kind that cannot be verified.
 */
@Injectable()
export class DecoratedHandlers {
  constructor(modules: ModulesContainer, kinds: KindRegistry) {
    const types = new Set<Type<object>>();
    for (const { controllers, providers } of modules.values()) {
      for (const { metatype } of [...controllers.values(), ...providers.values()]) {
        if (typeof metatype === 'function' && metatype.prototype)
          types.add(metatype as Type<object>);
      }
    }
    for (const type of types) {
      for (const decorated of handlersOf(type)) {
        if (isLeftOpen(decorated)) {
          // Nest takes a method without metadata for no route.
          Object.defineProperty(type.prototype, decorated.name, { value: () => undefined });
          continue;
        }
        if (decorated.route.kind) kinds.expectUsable(decorated.route.kind);
        if (decorated.route.consume === 'on-success') observe(type.prototype, decorated.name);
        if (spendsWhenOpened(decorated)) warn(decorated);
      }
    }
  }
}

function* handlersOf(type: Type<object>): Generator<DecoratedHandler> {
  const prototype: object = type.prototype;
  for (const name of new MetadataScanner().getAllMethodNames(prototype)) {
    const handler: unknown = Reflect.get(prototype, name);
    if (typeof handler !== 'function') continue;
    const route = new Reflector().getAllAndOverride<TempIDRoute | undefined>(USE_TEMPID, [
      handler,
      type,
    ]);
    if (route) yield { route, type, name, handler };
  }
}

/** Of the GET of a link whose POST is gone: a subclass overrides the method, without `@TempIDLink`. */
function isLeftOpen({ type, handler }: DecoratedHandler): boolean {
  const name: unknown = Reflect.getMetadata(OPENING_OF, handler);
  if (typeof name !== 'string') return false;
  const method: unknown = Reflect.get(type.prototype, name);
  const route: unknown = Reflect.getMetadata(USE_TEMPID, Object(method));
  return !(Object(route) as TempIDRoute).link;
}

const OPENED: ReadonlySet<unknown> = new Set([RequestMethod.GET, RequestMethod.ALL]);

function spendsWhenOpened({ route, handler }: DecoratedHandler): boolean {
  const isOpened = OPENED.has(Reflect.getMetadata(METHOD_METADATA, handler));
  return isOpened && Boolean(route.consume) && !route.link && !isCodeRoute(route);
}

function warn({ type, name, handler }: DecoratedHandler): void {
  const paths = [type, handler].map((at) => [Reflect.getMetadata(PATH_METADATA, at)].flat()[0]);
  const path = paths.flatMap((part) => String(part ?? '').split('/')).filter(Boolean);
  new Logger('TempIDModule').warn(
    `GET /${path.join('/')} (${type.name}.${name}) spends a use when it is opened, and mail scanners open ` +
      'links before people do. Put @TempIDLink on it, which asks for a click, or spend the use on a POST.',
  );
}
