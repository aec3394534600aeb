import { Inject, Injectable, type OnModuleInit, type Type } from '@nestjs/common';
import { HttpAdapterHost, MetadataScanner, ModulesContainer, Reflector } from '@nestjs/core';
import { KindRegistry, type NestModule } from '../kinds/kind-registry.js';
import { warnOfStaticRedirect } from '../links/redirect-warning.js';
import type { ResolvedOptions } from '../config/options.js';
import { TEMPID_OPTIONS } from '../config/module-definition.js';
import { observe } from './use-reservation.interceptor.js';
import { keepMethods, lostMarks, refuseLost } from './marks.js';
import { assertOwnPath, assertReachable } from './route-checks.js';
import {
  hasTokenInPath,
  consumesWhenOpened,
  warnOfScanners,
  warnOfShortPaths,
} from './route-warnings.js';
import { type DecoratedHandler, type TempIDRoute, USE_TEMPID } from '../requests/route-options.js';

/** The applications that were warned: with several `forRoot` there are several that look. */
const warnedApps = new WeakSet<ModulesContainer>();

/**
 * Looks at every handler that asks for a token, of controllers, resolvers and gateways, before they are registered:
 * prepares those with `consume: 'on-success'`, warns of those that mail scanners would spend and of those whose tokens
 * are too long for the path, and refuses those that could not work, or have lost what they were decorated with.
 */
@Injectable()
export class RouteExplorer implements OnModuleInit {
  /** The handlers that have the token in their path. */
  private readonly inPath: DecoratedHandler[] = [];
  /** They lead to everything that an application has, secrets too, so nothing that prints objects sees them. */
  readonly #modules: ModulesContainer;

  /** @throws TempIDConfigurationError for handlers that are refused */
  constructor(
    modules: ModulesContainer,
    kinds: KindRegistry,
    private readonly adapterHost: HttpAdapterHost,
    @Inject(TEMPID_OPTIONS) { linkPage }: ResolvedOptions,
  ) {
    this.#modules = modules;
    const types = new Set(wrappersOf(modules).flatMap((wrapper) => classOf(wrapper) ?? []));
    refuseLost(
      [...types].flatMap((type) => {
        const { prototype }: { prototype: object } = type;
        return lostMarks({ prototype, classes: [type, prototype.constructor] });
      }),
    );
    const isFirst = !warnedApps.has(modules);
    warnedApps.add(modules);
    for (const type of types) {
      for (const decorated of handlersOf(type)) {
        if (decorated.route.kind) kinds.assertUsable(decorated.route.kind);
        assertReachable(decorated);
        assertOwnPath(decorated);
        if (decorated.route.consume === 'on-success') observe(type.prototype, decorated.name);
        if (isFirst && consumesWhenOpened(decorated)) warnOfScanners(decorated);
        if (isFirst) warnOfStaticRedirect(decorated, linkPage);
        if (isFirst && hasTokenInPath(decorated)) this.inPath.push(decorated);
      }
    }
  }

  /**
   * Only now is the adapter known for sure, and are there the instances, whose methods Nest calls.
   *
   * @throws TempIDConfigurationError for handlers that have lost what they were decorated with
   */
  onModuleInit(): void {
    const wrappers = wrappersOf(this.#modules);
    refuseLost(wrappers.flatMap(({ instance }) => lostOfInstance(instance)));
    for (const wrapper of wrappers) {
      const isMadeLater = wrapper.isTransient || !wrapper.isDependencyTreeStatic();
      if (isMadeLater) keepMethods(classOf(wrapper)?.prototype);
    }
    warnOfShortPaths(this.inPath, this.adapterHost);
  }
}

type Wrapper = NestModule['providers'] extends Map<unknown, infer Item> ? Item : never;

/** Of the controllers and providers, resolvers and gateways among them. */
function wrappersOf(modules: ModulesContainer): Wrapper[] {
  return [...modules.values()].flatMap(({ controllers, providers }) => [
    ...controllers.values(),
    ...providers.values(),
  ]);
}

/** Undefined where a factory makes it, or it is a value. */
function classOf({ metatype }: Wrapper): Type<object> | undefined {
  const isClass = typeof metatype === 'function' && Boolean(metatype.prototype);
  return isClass ? (metatype as Type<object>) : undefined;
}

function lostOfInstance(instance: unknown): string[] {
  if (typeof instance !== 'object' || instance === null) return [];
  const prototype = Reflect.getPrototypeOf(instance);
  return prototype ? lostMarks({ prototype, instance, classes: [prototype.constructor] }) : [];
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
