import { Injectable, Logger, type OnModuleInit, RequestMethod, type Type } from '@nestjs/common';
import { METHOD_METADATA, PATH_METADATA } from '@nestjs/common/constants.js';
import { HttpAdapterHost, MetadataScanner, ModulesContainer, Reflector } from '@nestjs/core';
import { KindRegistry } from '../kinds/kind-registry.js';
import { placeOf } from './extract.js';
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

/** The applications that were warned: with several `forRoot` there are several that look. */
const told = new WeakSet<ModulesContainer>();

/**
 * Looks at every handler that asks for a token, of controllers, resolvers and gateways, before they are
 * registered: prepares those with `consume: 'on-success'`, takes away the GET of links that are overridden, warns
 * of those that mail scanners would spend and of those whose tokens are too long for the path, and refuses those of
 * a kind that cannot be verified.
 */
@Injectable()
export class DecoratedHandlers implements OnModuleInit {
  /** The handlers that have the token in their path. */
  private readonly inPath: DecoratedHandler[] = [];

  constructor(
    modules: ModulesContainer,
    kinds: KindRegistry,
    private readonly adapterHost: HttpAdapterHost,
  ) {
    const types = new Set<Type<object>>();
    for (const { controllers, providers } of modules.values()) {
      for (const { metatype } of [...controllers.values(), ...providers.values()]) {
        if (typeof metatype === 'function' && metatype.prototype)
          types.add(metatype as Type<object>);
      }
    }
    const isFirst = !told.has(modules);
    told.add(modules);
    for (const type of types) {
      for (const decorated of handlersOf(type)) {
        if (isLeftOpen(decorated)) {
          // Nest takes a method without metadata for no route.
          Object.defineProperty(type.prototype, decorated.name, { value: () => undefined });
          continue;
        }
        if (decorated.route.kind) kinds.expectUsable(decorated.route.kind);
        if (decorated.route.consume === 'on-success') observe(type.prototype, decorated.name);
        if (isFirst && spendsWhenOpened(decorated)) warnOfScanners(decorated);
        if (isFirst && hasTokenInPath(decorated)) this.inPath.push(decorated);
      }
    }
  }

  /** Only now is the adapter known for sure. */
  onModuleInit(): void {
    const longest = longestParameter(this.adapterHost);
    if (longest > MOST_BY_DEFAULT) return;
    for (const decorated of this.inPath) warnOfLength(decorated, longest);
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

/** Fastify's `maxParamLength` unless it is set. */
const MOST_BY_DEFAULT = 100;

/** Of a parameter of the path, in characters: Fastify answers 414 for a longer one before any guard runs. */
function longestParameter({ httpAdapter }: Partial<HttpAdapterHost>): number {
  if (httpAdapter?.getType() !== 'fastify') return Infinity;
  interface RouterOptions {
    readonly maxParamLength?: number;
  }
  interface Fastify {
    readonly initialConfig?: RouterOptions & { readonly routerOptions?: RouterOptions };
  }
  const { initialConfig } = httpAdapter.getInstance<Fastify>();
  return initialConfig?.routerOptions?.maxParamLength ?? initialConfig?.maxParamLength ?? Infinity;
}

function hasTokenInPath(decorated: DecoratedHandler): boolean {
  const isOpening = Reflect.hasMetadata(OPENING_OF, decorated.handler);
  const extract = [decorated.route.extract ?? []].flat();
  const places = extract.flatMap((extractor) => placeOf(extractor) ?? []);
  // Where nothing is said, the module looks into the path as well.
  const isLookedFor = extract.length === 0 || places.some(({ part }) => part === 'path');
  return !isOpening && isLookedFor && pathOf(decorated).includes(':token');
}

function warnOfLength(decorated: DecoratedHandler, longest: number): void {
  const { type, name } = decorated;
  new Logger('TempIDModule').warn(
    `/${pathOf(decorated).join('/')} (${type.name}.${name}) has the token in its path, of which Fastify takes ` +
      `${longest} characters, and most tokens are longer: new FastifyAdapter({ routerOptions: { maxParamLength: 1024 } }).`,
  );
}

/** Its parts; of several paths, those of the first. */
function pathOf({ type, handler }: DecoratedHandler): string[] {
  const paths = [type, handler].map((at) => [Reflect.getMetadata(PATH_METADATA, at)].flat()[0]);
  return paths.flatMap((part) => String(part ?? '').split('/')).filter(Boolean);
}

function warnOfScanners(decorated: DecoratedHandler): void {
  const { type, name } = decorated;
  new Logger('TempIDModule').warn(
    `GET /${pathOf(decorated).join('/')} (${type.name}.${name}) spends a use when it is opened, and mail scanners open ` +
      'links before people do. Put @TempIDLink on it, which asks for a click, or spend the use on a POST.',
  );
}
