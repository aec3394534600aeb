import { Inject, Injectable, type OnModuleInit, type Type } from '@nestjs/common';
import { ApplicationConfig, HttpAdapterHost, ModulesContainer, Reflector } from '@nestjs/core';
import {
  globalGuardsOf,
  httpRoutesIn,
  madeGuardsOf,
  methodsOf,
  registeredIn,
} from '../common/nest-internals.js';
import { KindRegistry } from '../kinds/kind-registry.js';
import { warnOfStaticRedirect } from '../links/redirect-warning.js';
import type { ResolvedOptions } from '../config/options.js';
import { TEMPID_OPTIONS } from '../config/module-definition.js';
import { observe } from './use-reservation.interceptor.js';
import { assertNoneLost, keepMethods, lostMarks } from './marks.js';
import {
  assertGuardsRun,
  assertKnowsUsers,
  assertOwnPaths,
  assertReachable,
  hasTokenInPath,
  warnOfScanners,
  warnOfShortPaths,
} from './route-checks.js';
import { type DecoratedHandler, type TempIDRoute, USE_TEMPID } from '../requests/route-options.js';
import { warnOfUnlimitedKind } from './unlimited-uses.js';

/** The modules of one application know nothing of each other, and each would warn of the same handlers. */
const warnedApps = new WeakSet<ModulesContainer>();

/**
 * Looks at every handler that asks for a token, of controllers, resolvers and gateways, before they are registered. It
 * prepares those with `consume: 'on-success'`, refuses those that cannot work or have lost their guard, and warns of
 * those that work otherwise than meant.
 */
@Injectable()
export class RouteExplorer implements OnModuleInit {
  private readonly decorated: readonly DecoratedHandler[];
  /** The handlers that have the token in their path. */
  private readonly inPath: DecoratedHandler[] = [];
  /** They lead to everything that an application has, secrets too, so nothing that prints objects sees them. */
  readonly #modules: ModulesContainer;
  readonly #config: ApplicationConfig;

  /** @throws TempIDConfigurationError for handlers that are refused */
  constructor(
    modules: ModulesContainer,
    config: ApplicationConfig,
    kinds: KindRegistry,
    private readonly adapterHost: HttpAdapterHost,
    @Inject(TEMPID_OPTIONS) { linkPage }: ResolvedOptions,
  ) {
    this.#modules = modules;
    this.#config = config;
    const types = new Set(registeredIn(modules).flatMap(({ type }) => type ?? []));
    assertNoneLost(
      [...types].flatMap((type) => {
        const { prototype }: { prototype: object } = type;
        return lostMarks({ prototype, classes: [type, prototype.constructor] });
      }),
    );
    const isFirst = !warnedApps.has(modules);
    warnedApps.add(modules);
    this.decorated = [...types].flatMap((type) => [...handlersOf(type)]);
    for (const decorated of this.decorated) {
      const { route, type, name } = decorated;
      if (route.kind) kinds.assertUsable(route.kind);
      assertReachable(decorated);
      if (route.consume === 'on-success') observe(type.prototype, name);
      if (!isFirst) continue;
      warnOfScanners(decorated);
      warnOfUnlimitedKind(decorated);
      warnOfStaticRedirect(decorated, linkPage);
      if (hasTokenInPath(decorated)) this.inPath.push(decorated);
    }
  }

  /**
   * Once the prefix and the versions of an application of HTTP are known, and before Fastify refuses a path that is
   * declared twice.
   *
   * @throws TempIDConfigurationError for a handler that has the path of a link
   */
  beforeRouting(): void {
    assertOwnPaths(httpRoutesIn(this.#modules, this.#config));
  }

  /**
   * Only now are the adapter and the global guards known for sure, and are there the instances, whose methods Nest
   * calls.
   *
   * @throws TempIDConfigurationError for handlers that have lost what they were decorated with, for guards that would
   *   not run, and for `by` where the store does not know who used a token
   */
  onModuleInit(): void {
    const globalGuards = globalGuardsOf(this.#config);
    for (const decorated of this.decorated) {
      const { type, route } = decorated;
      assertGuardsRun(decorated, globalGuards);
      assertKnowsUsers(decorated, madeGuardsOf(this.#modules, type, route.guard));
    }
    const registered = registeredIn(this.#modules);
    assertNoneLost(registered.flatMap(({ instance }) => lostOfInstance(instance)));
    for (const { type, isMadeLater } of registered) {
      if (type && isMadeLater) keepMethods(type.prototype);
    }
    warnOfShortPaths(this.inPath, this.adapterHost);
  }
}

function lostOfInstance(instance: unknown): string[] {
  if (typeof instance !== 'object' || instance === null) return [];
  const prototype = Reflect.getPrototypeOf(instance);
  return prototype ? lostMarks({ prototype, instance, classes: [prototype.constructor] }) : [];
}

function* handlersOf(type: Type<object>): Generator<DecoratedHandler> {
  for (const [name, handler] of methodsOf(type.prototype)) {
    const targets = [handler, type];
    const route = new Reflector().getAllAndOverride<TempIDRoute | undefined>(USE_TEMPID, targets);
    if (route) yield { route, type, name, handler };
  }
}
