import { randomUUID } from 'node:crypto';
import { type DynamicModule, type ExecutionContext, Injectable, Module } from '@nestjs/common';
import { ContextIdFactory, ModuleRef, ModulesContainer } from '@nestjs/core';
import { TempIDConfigurationError } from '../common/errors.js';
import {
  type BindingClass,
  type BoundToken,
  isBindingClass,
  type TempIDBinding,
} from './tempid-binding.js';
import { type AnyTempIDKind, definitionOf, TempIDKind } from './tempid-kind.js';

export type NestModule = ModulesContainer extends Map<string, infer Item> ? Item : never;

/** The key of the kinds of a feature among the providers of its module. */
const FEATURE_KINDS = Symbol('FEATURE_KINDS');

/**
 * The kinds of an application, and the providers that look up what their tokens are bound to. Modules lead to
 * everything that an application has, secrets too: they stay where nothing that prints or serializes objects sees them.
 */
@Injectable()
export class KindRegistry {
  readonly #modules: ModulesContainer;
  /** By purpose: a kind, and the modules that gave it to `TempIDModule.forFeature`. */
  readonly #kinds = new Map<string, { kind: AnyTempIDKind; owners: Set<NestModule> }>();
  /** The module that provides the class by which tokens of a kind are bound. */
  readonly #providers = new Map<AnyTempIDKind, NestModule>();

  /** @throws TempIDConfigurationError for two kinds of one purpose, and for a `boundTo` that no module provides */
  constructor(modules: ModulesContainer) {
    this.#modules = modules;
    this.read();
  }

  /** @throws TempIDConfigurationError for a kind whose `boundTo` is a class, and which is not registered */
  assertUsable(kind: AnyTempIDKind): void {
    const { boundTo } = definitionOf(kind);
    if (isBindingClass(boundTo)) this.providerOf(kind, boundTo);
  }

  /** What a token of the kind must be bound to, by the kind's `boundTo`. */
  async bindingOf(
    kind: AnyTempIDKind,
    token: BoundToken,
    context?: ExecutionContext,
  ): Promise<string | null | undefined> {
    const { boundTo } = definitionOf(kind);
    if (!boundTo) return null;
    if (!isBindingClass(boundTo)) return boundTo(token as BoundToken<never>, context);
    const binding = await resolve(boundTo, this.providerOf(kind, boundTo), context);
    return binding.resolve(token as BoundToken<never>, context);
  }

  private providerOf(kind: AnyTempIDKind, boundTo: BindingClass): NestModule {
    // A module that registers the kind may have been loaded lazily since.
    if (!this.#providers.has(kind)) this.read();
    const provider = this.#providers.get(kind);
    if (provider) return provider;
    throw new TempIDConfigurationError(
      `Tokens of the kind '${kind.purpose}' are bound to what ${boundTo.name} looks up: give the kind to ` +
        `TempIDModule.forFeature in the module that has ${boundTo.name} among its providers.`,
    );
  }

  private read(): void {
    const modules = [...this.#modules.values()];
    for (const owner of modules) for (const kind of kindsOf(owner)) this.register(kind, owner);
    for (const { kind, owners } of this.#kinds.values()) {
      const { boundTo } = definitionOf(kind);
      if (!isBindingClass(boundTo) || this.#providers.has(kind)) continue;
      this.#providers.set(kind, findProvider(kind, boundTo, [...owners, ...modules]));
    }
  }

  private register(kind: AnyTempIDKind, owner: NestModule): void {
    const registered = this.#kinds.get(kind.purpose) ?? { kind, owners: new Set() };
    if (registered.kind !== kind) {
      const others = [...registered.owners].map(({ name }) => name).join(' and ');
      throw new TempIDConfigurationError(
        `Two kinds have the purpose '${kind.purpose}', one of ${others} and one of ${owner.name}: give one of ` +
          'them another purpose, or let both modules import the same kind.',
      );
    }
    registered.owners.add(owner);
    this.#kinds.set(kind.purpose, registered);
  }
}

/** @param modules the first one registers the kind */
function findProvider(
  kind: AnyTempIDKind,
  boundTo: BindingClass,
  modules: readonly NestModule[],
): NestModule {
  const module = modules.find(({ providers }) => providers.has(boundTo));
  if (module) return module;
  throw new TempIDConfigurationError(
    `Tokens of the kind '${kind.purpose}' are bound to what ${boundTo.name} looks up: add ${boundTo.name} to the ` +
      `providers of ${modules[0]?.name}.`,
  );
}

/** The provider of a module, of whatever scope: that of the request, where there is one by HTTP. */
function resolve(
  type: BindingClass,
  module: NestModule,
  context?: ExecutionContext,
): Promise<TempIDBinding<never>> {
  const moduleRef = module.getProviderByKey<ModuleRef>(ModuleRef).instance;
  const request =
    context?.getType() === 'http' ? context.switchToHttp().getRequest<object>() : null;
  const id = request ? ContextIdFactory.getByRequest(request) : ContextIdFactory.create();
  if (request) moduleRef.registerRequestByContextId(request, id);
  return moduleRef.resolve(type, id, { strict: true });
}

/** The kinds that a module gave to `forFeature`, which is among its imports. */
function kindsOf(owner: NestModule): readonly AnyTempIDKind[] {
  return [...owner.imports].flatMap(
    ({ providers }) =>
      (providers.get(FEATURE_KINDS)?.instance as AnyTempIDKind[] | undefined) ?? [],
  );
}

/** What `TempIDModule.forFeature` adds to a module: a list of kinds, which {@link KindRegistry} finds. */
@Module({})
export class TempIDFeature {
  /**
   * A module that is loaded lazily comes after the registries have read all others, so each reads them for itself.
   *
   * @throws TempIDConfigurationError as {@link KindRegistry} does
   */
  constructor(modules: ModulesContainer) {
    void new KindRegistry(modules);
  }

  static of(kinds: readonly AnyTempIDKind[]): DynamicModule {
    if (!Array.isArray(kinds) || !kinds.every((kind) => kind instanceof TempIDKind)) {
      throw new TempIDConfigurationError(
        'TempIDModule.forFeature takes a list of kinds, each made by defineTempID.',
      );
    }
    return {
      module: TempIDFeature,
      providers: [
        { provide: FEATURE_KINDS, useValue: [...kinds] },
        // With 'deep-hash' Nest takes two modules that look the same for one, and two kinds look the same.
        { provide: `TEMPID_FEATURE_${randomUUID()}`, useValue: true },
      ],
    };
  }
}
