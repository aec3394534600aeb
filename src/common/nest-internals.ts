import {
  type BeforeApplicationShutdown,
  type OnApplicationShutdown,
  type OnModuleDestroy,
  RequestMethod,
  type Type,
  VERSION_NEUTRAL,
  type VersioningOptions,
  VersioningType,
} from '@nestjs/common';
import {
  EXCEPTION_FILTERS_METADATA,
  GUARDS_METADATA,
  HOST_METADATA,
  HTTP_CODE_METADATA,
  INTERCEPTORS_METADATA,
  METHOD_METADATA,
  MODULE_PATH,
  PATH_METADATA,
  REDIRECT_METADATA,
  SSE_METADATA,
  VERSION_METADATA,
} from '@nestjs/common/constants.js';
import { type ApplicationConfig, MetadataScanner, type ModulesContainer } from '@nestjs/core';

/*
 * What this package reads of Nest that is no documented API: keys of metadata, and fields of what its container holds.
 * Read at @nestjs/common and core 11.2 and 12.5, websockets 11.2 and 12.1, and platform-fastify 12.5.
 * test/common/nest-internals.spec.ts fails where a version keeps them elsewhere.
 */

/** Of platform-fastify, which is there only where an application runs on it. */
const FASTIFY_ROUTE_CONSTRAINTS = '__fastify_route_constraints__';

/** The package is there only where gateways are, so its constant cannot be imported. */
const GATEWAY_METADATA = 'websockets:is_gateway';

export function isGateway(type: object): boolean {
  return Reflect.hasMetadata(GATEWAY_METADATA, type);
}

export function isEventStream(handler: object): boolean {
  return Reflect.hasMetadata(SSE_METADATA, handler);
}

/** Whether `@HttpCode` stands on it. */
export function hasHttpCode(handler: object): boolean {
  return Reflect.hasMetadata(HTTP_CODE_METADATA, handler);
}

/** What `@Redirect` says. */
export function redirectUrlOf(handler: object): unknown {
  const redirect: unknown = Reflect.getMetadata(REDIRECT_METADATA, handler);
  return Reflect.get(Object(redirect), 'url');
}

/** What tells a handler, in every process, from another one of its address, such as that of another version. */
export function handlerKeyOf(type: Function, handler: Function): string[] {
  const versions = [type, handler].map((at) => listAt(VERSION_METADATA, at).map(String).join());
  return [type.name, handler.name, ...versions];
}

/** Undefined of what is no handler of HTTP. */
export function requestMethodOf(handler: object): RequestMethod | undefined {
  return Reflect.getMetadata(METHOD_METADATA, handler) as RequestMethod | undefined;
}

/** The parts of a route's path; of several paths, those of the first. */
export function pathOf(type: object, handler: object): string[] {
  const paths = [type, handler].map((at) => listAt(PATH_METADATA, at)[0]);
  return paths.flatMap((path) => partsOf(path));
}

/** The methods of a class, inherited ones too, in the order in which Nest registers them. */
export function* methodsOf(prototype: object): Generator<[name: string, method: Function]> {
  for (const name of new MetadataScanner().getAllMethodNames(prototype)) {
    const method: unknown = Reflect.get(prototype, name);
    if (typeof method === 'function') yield [name, method];
  }
}

/** A handler of HTTP, and where requests reach it. */
export interface HttpRoute {
  readonly type: Type<object>;
  readonly name: string;
  readonly handler: Function;
  /** Two handlers with one that is equal are reached by the same requests, but for their method. */
  readonly addresses: readonly string[];
}

/**
 * All handlers of HTTP. The application knows its prefix and its versions once its routes are registered, or its
 * modules are asked for middleware.
 */
export function httpRoutesIn(modules: ModulesContainer, config: ApplicationConfig): HttpRoute[] {
  return [...modules.values()].flatMap(({ controllers, metatype: module }) => {
    const modulePath: unknown =
      Reflect.getMetadata(MODULE_PATH + modules.applicationId, module) ??
      Reflect.getMetadata(MODULE_PATH, module);
    return [...controllers.values()].flatMap(({ metatype }) => {
      const type = metatype as Type<object>;
      return [...methodsOf(type.prototype)].map(([name, handler]) => {
        return { type, name, handler, addresses: addressesOf(modulePath, type, handler, config) };
      });
    });
  });
}

function addressesOf(
  modulePath: unknown,
  type: object,
  handler: object,
  config: ApplicationConfig,
): string[] {
  const host = listAt(HOST_METADATA, type).map(String);
  const constraints = listAt(FASTIFY_ROUTE_CONSTRAINTS, handler);
  const versioning = config.getVersioning();
  const version: unknown =
    versioning &&
    (Reflect.getMetadata(VERSION_METADATA, handler) ??
      Reflect.getMetadata(VERSION_METADATA, type) ??
      versioning.defaultVersion);
  const paths = listAt(PATH_METADATA, type).flatMap((ofType) =>
    listAt(PATH_METADATA, handler).map((path) => [modulePath, ofType, path].flatMap(partsOf)),
  );
  return paths
    .filter((parts) => !isExcludedByMethod(parts, config))
    .map((parts) => parts.map((part) => part.replace(/^:\w+$/, ':')))
    .flatMap((parts) =>
      [version]
        .flat()
        .map((each) => JSON.stringify([host, versionIn(versioning, each), parts, ...constraints])),
    );
}

/** In a URL a handler of every version stands where one without a version does. */
function versionIn(versioning: VersioningOptions | undefined, version: unknown): string {
  const isInUrl = versioning?.type === VersioningType.URI;
  return String(isInUrl && version === VERSION_NEUTRAL ? undefined : version);
}

/** Whether the prefix of the application stands before a path for some methods and not for others. */
function isExcludedByMethod(parts: readonly string[], config: ApplicationConfig): boolean {
  const { exclude = [] } = config.getGlobalPrefixOptions();
  return exclude.some(({ requestMethod, pathRegex }) => {
    return requestMethod !== RequestMethod.ALL && pathRegex.test(`/${parts.join('/')}`);
  });
}

/** The guards that an application has for all handlers: instances, and classes of which each request has its own. */
export function globalGuardsOf(config: ApplicationConfig): readonly unknown[] {
  const ofRequests = config.getGlobalRequestGuards().map(({ metatype }) => metatype);
  return [...config.getGlobalGuards(), ...ofRequests];
}

/** What Nest has made of the guard of a class, one in each module that has the class; not those of each request. */
export function madeGuardsOf(modules: ModulesContainer, type: Type, guard?: Type): unknown[] {
  const hosts = [...modules.values()].filter(
    ({ controllers, providers }) => controllers.has(type) || providers.has(type),
  );
  const wrappers = hosts.flatMap(({ injectables }) => (guard && injectables.get(guard)) ?? []);
  return wrappers.filter((each) => each.isDependencyTreeStatic()).map(({ instance }) => instance);
}

export function guardsOf(target: object): readonly unknown[] {
  return listAt(GUARDS_METADATA, target);
}

export function interceptorsOf(target: object): readonly unknown[] {
  return listAt(INTERCEPTORS_METADATA, target);
}

export function filtersOf(target: object): readonly unknown[] {
  return listAt(EXCEPTION_FILTERS_METADATA, target);
}

/** Nest asks the last of the list first, so this one is asked after all that are there. */
export function addLastFilter(target: object, filter: object): void {
  Reflect.defineMetadata(EXCEPTION_FILTERS_METADATA, [filter, ...filtersOf(target)], target);
}

function partsOf(path: unknown): string[] {
  return typeof path === 'string' ? path.split('/').filter(Boolean) : [];
}

function listAt(key: string, target: object): readonly unknown[] {
  const value: unknown = Reflect.getMetadata(key, target);
  return value === undefined ? [] : [value].flat();
}

/** A controller or provider, resolvers and gateways among them. */
export interface Registered {
  /** Undefined where a factory makes it, or it is a value. */
  readonly type: Type<object> | undefined;
  readonly instance: unknown;
  /** Whether there is one for each request or for each who injects it, and none at the start. */
  readonly isMadeLater: boolean;
}

export function registeredIn(modules: ModulesContainer): Registered[] {
  const wrappers = [...modules.values()].flatMap(({ controllers, providers }) => [
    ...controllers.values(),
    ...providers.values(),
  ]);
  return wrappers.map((wrapper) => {
    const { metatype, instance } = wrapper;
    const isClass = typeof metatype === 'function' && Boolean(metatype.prototype);
    return {
      type: isClass ? (metatype as Type<object>) : undefined,
      instance,
      isMadeLater: wrapper.isTransient || !wrapper.isDependencyTreeStatic(),
    };
  });
}

/**
 * Has hooks called at the end of an application that is running already.
 *
 * Nest knows the modules whose hooks it calls from its start on, and asks each for its providers when it calls
 * them, so they are added to a module that was there at the start: the first one is Nest's own core module, whose
 * hooks come last at the end. There is no documented way (`NestApplicationContext#getModulesToTriggerHooksOn`);
 * test/module/lazy-modules.spec.ts fails where it is another.
 */
export function endWithApplication(
  modules: ModulesContainer,
  hooks: OnModuleDestroy & BeforeApplicationShutdown & OnApplicationShutdown,
): void {
  const [core] = modules.values();
  core?.addProvider({ provide: Symbol('TEMPID_END'), useValue: hooks });
}
