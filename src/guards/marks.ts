import type { CanActivate, Type } from '@nestjs/common';
import { TempIDConfigurationError } from '../common/errors.js';
import { guardsOf } from '../common/nest-internals.js';
import { type TempIDRoute, USE_TEMPID } from '../requests/route-options.js';

/** What a decorator of this module gives a handler, or a class. */
export interface Mark {
  /** Its name, for messages. */
  readonly decorator: string;
  readonly route: TempIDRoute;
  readonly guard: Type<CanActivate>;
}

/**
 * The key, in the metadata of a prototype, of the marks of its methods and of its class. There it is out of the
 * reach of a decorator that puts another function, or another class, in the place of the decorated one.
 */
const MARKS = 'nestjs-tempid:marks';

/** The name of the class itself among those of its methods. */
const CLASS = Symbol.for('nestjs-tempid:class');

type Marks = Map<PropertyKey, Mark>;

function marksOf(prototype: object): Marks | undefined {
  return Reflect.getOwnMetadata(MARKS, prototype) as Marks | undefined;
}

/**
 * Remembers what a decorator put on a method, or a class.
 *
 * @throws {@link TempIDConfigurationError} for one that has a mark: two guards would go by the options of one
 */
export function mark(added: Mark): ClassDecorator & MethodDecorator {
  return (target: object | (abstract new (...args: never) => object), name?: string | symbol) => {
    const isClass = name === undefined && typeof target === 'function';
    const prototype: object = isClass ? target.prototype : target;
    const marks: Marks = marksOf(prototype) ?? new Map();
    if (marks.has(name ?? CLASS)) {
      throw new TempIDConfigurationError(
        `${String(name ?? 'A class')} has two decorators of this module: leave one, or put it on a handler of its own.`,
      );
    }
    Reflect.defineMetadata(MARKS, marks.set(name ?? CLASS, added), prototype);
  };
}

/** What Nest registers handlers of. */
export interface HandlerHost {
  readonly prototype: object;
  /** Nest calls its methods, which may be others than those of the prototype. */
  readonly instance?: object;
  /** Those that Nest reads as its class: a decorator may have put another in its place. */
  readonly classes: readonly object[];
}

/**
 * The handlers and classes, by their names, that have lost what a decorator of this module gave them. A method
 * that a subclass overrides is the subclass's own.
 */
export function lostMarks({ prototype, instance = prototype, classes }: HandlerHost): string[] {
  const chain = chainOf(prototype);
  const lost: string[] = [];
  for (const [index, declaring] of chain.entries()) {
    const isOverridden = (name: PropertyKey) =>
      chain.slice(0, index).some((subclass) => Object.hasOwn(subclass, name));
    for (const [name, marked] of marksOf(declaring) ?? []) {
      if (name === CLASS || isOverridden(name)) continue;
      const method: unknown = Object.getOwnPropertyDescriptor(declaring, name)?.value;
      if (keeps(method, marked) && keeps(Reflect.get(instance, name), marked)) continue;
      lost.push(`${declaring.constructor.name}.${String(name)} (${marked.decorator})`);
    }
  }
  const ofClass = chain.map((each) => marksOf(each)?.get(CLASS)).find(Boolean);
  if (ofClass && !classes.every((each) => keeps(each, ofClass))) {
    lost.push(`${prototype.constructor.name} (${ofClass.decorator})`);
  }
  return lost;
}

/** @throws {@link TempIDConfigurationError} that names those that have lost it, which would ask for no token */
export function assertNoneLost(lost: readonly string[]): void {
  if (lost.length === 0) return;
  throw new TempIDConfigurationError(
    `${[...new Set(lost)].join(' and ')} would run without a token: a decorator above that of this module wraps the ` +
      'method, or the class, and copies no metadata, so the guard is gone. Put the decorator of this module above ' +
      'that one. (A constructor that replaces the method, such as by bind, does the same.)',
  );
}

/**
 * Keeps the methods of what is made for a request, which nobody can look at before, from being replaced by its
 * constructor: an assignment throws there.
 */
export function keepMethods(prototype: object): void {
  for (const declaring of chainOf(prototype)) {
    for (const name of marksOf(declaring)?.keys() ?? []) {
      if (name !== CLASS) Object.defineProperty(declaring, name, { writable: false });
    }
  }
}

function chainOf(prototype: object | null): object[] {
  const chain: object[] = [];
  let each = prototype;
  while (each && each !== Object.prototype) {
    chain.push(each);
    each = Reflect.getPrototypeOf(each);
  }
  return chain;
}

function keeps(decorated: unknown, { route, guard }: Mark): boolean {
  if (typeof decorated !== 'function') return false;
  return (
    guardsOf(decorated).includes(guard) && Reflect.getMetadata(USE_TEMPID, decorated) === route
  );
}
