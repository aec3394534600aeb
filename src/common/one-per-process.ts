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

const shared = sharedWith(HttpException);
const namesOfThisCopy = new Set<string>();

/** What the first copy made under this name. */
export function onePerProcess<T>(name: string, make: () => T): T {
  if (namesOfThisCopy.has(name)) throw new Error(`Two things of this package are called ${name}.`);
  namesOfThisCopy.add(name);
  if (!shared.has(name)) shared.set(name, make());
  return shared.get(name) as T;
}

/** Puts the class of the first copy in the place of this one. It stands above all other decorators. */
export function OnePerProcess(name: string) {
  return <Class extends abstract new (...args: never[]) => unknown>(own: Class): Class =>
    onePerProcess(name, () => own);
}

function sharedWith(nest: object): Shared {
  const key = Symbol.for(`nestjs-tempid@${VERSION}`);
  const copies = globalThis as { [key]?: WeakMap<object, Shared> };
  const byNest = (copies[key] ??= new WeakMap());
  const known = byNest.get(nest) ?? new Map<string, unknown>();
  byNest.set(nest, known);
  return known;
}
