import { HttpException } from '@nestjs/common';

/*
 * A process may have this package twice: as an ES module and as CommonJS, or by two installations of one version. What
 * is known by its identity (a class that `instanceof` or an injection asks for, a symbol, a map of requests) is then
 * that of the copy which came first. Copies share it where they share Nest: a test runner that loads both anew, or a
 * second version of Nest, gets its own.
 */

/** That of package.json: copies of two versions share nothing. */
const VERSION = '0.1.0';

type Shared = Map<string, unknown>;
type Copies = WeakMap<object, Shared>;

const shared = sharedWith(HttpException);

/** What the first copy made under this name. */
export function onePerProcess<T>(name: string, make: () => T): T {
  if (!shared.has(name)) shared.set(name, make());
  return shared.get(name) as T;
}

/**
 * Puts the class of the first copy in the place of this one, and gives it the name, which a bundler may have changed.
 * It stands above all other decorators.
 */
export function OnePerProcess(name: string) {
  return <Class extends abstract new (...args: never[]) => unknown>(own: Class): Class =>
    onePerProcess(name, () => Object.defineProperty(own, 'name', { value: name }));
}

function sharedWith(nest: object): Shared {
  const key = Symbol.for(`nestjs-tempid@${VERSION}`);
  const byNest = (Reflect.get(globalThis, key) as Copies | undefined) ?? new WeakMap();
  // It returns false, and copies share nothing, where the application has frozen what is global.
  Reflect.defineProperty(globalThis, key, { value: byNest });
  const known = byNest.get(nest) ?? new Map<string, unknown>();
  byNest.set(nest, known);
  return known;
}
