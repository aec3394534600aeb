import { type ExecutionContext, Injectable } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { TempIDConfigurationError } from '../common/errors.js';
import type { VerifyOptions } from '../operations/verify-options.js';
import { provided } from './provided.js';
import {
  type BindingClass,
  type BoundToken,
  isBindingClass,
  type TempIDBinding,
} from './tempid-binding.js';
import { type AnyTempIDKind, definitionOf } from './tempid-kind.js';

export type NestModule = ModulesContainer extends Map<string, infer Item> ? Item : never;

/** The key of the kinds of a feature among the providers of its module. */
export const FEATURE_KINDS = Symbol('FEATURE_KINDS');

/** A kind, and the modules that gave it to `TempIDModule.forFeature`. */
interface Registered {
  readonly kind: AnyTempIDKind;
  readonly owners: Set<NestModule>;
}

/**
 * The kinds of an application, and who looks up what their tokens are bound to. Modules lead to everything that
 * an application has, secrets too: they stay where nothing that prints or serializes objects sees them.
 */
@Injectable()
export class KindRegistry {
  readonly #modules: ModulesContainer;
  readonly #registered = new Map<string, Registered>();
  readonly #providers = new Map<AnyTempIDKind, NestModule>();

  /** @throws TempIDConfigurationError for two kinds of one purpose, and for a `boundTo` that no module provides */
  constructor(modules: ModulesContainer) {
    this.#modules = modules;
    this.read();
  }

  /** @throws TempIDConfigurationError for a kind whose `boundTo` is a class, and which is not registered */
  assertUsable(kind: AnyTempIDKind): void {
    const { boundTo } = definitionOf(kind);
    if (!isBindingClass(boundTo)) return;
    // A module that registers it may have been loaded since.
    if (!this.#providers.has(kind)) this.read();
    if (this.#providers.has(kind)) return;
    throw new TempIDConfigurationError(
      `Tokens of the kind '${kind.purpose}' are bound to what ${boundTo.name} looks up: give the kind to ` +
        `TempIDModule.forFeature in the module that has ${boundTo.name} among its providers.`,
    );
  }

  /** What is asked of a token, with what its kind asks where the caller does not. */
  withBinding<Options extends VerifyOptions>(options: Options): Options {
    const { kind, context } = options;
    if (!kind || 'boundTo' in options || !definitionOf(kind).boundTo) return options;
    return { ...options, boundTo: (token) => this.bindingOf(kind, token, context) };
  }

  /** What a token of the kind must be bound to, as the kind's `boundTo` says. */
  async bindingOf(
    kind: AnyTempIDKind,
    token: BoundToken,
    context?: ExecutionContext,
  ): Promise<string | null | undefined> {
    const { boundTo } = definitionOf(kind);
    if (!boundTo) return null;
    if (!isBindingClass(boundTo)) return boundTo(token as BoundToken<never>, context);
    this.assertUsable(kind);
    const module = this.#providers.get(kind);
    const binding = module && (await provided<TempIDBinding<never>>(boundTo, module, context));
    return binding?.resolve(token as BoundToken<never>, context);
  }

  private read(): void {
    for (const owner of this.#modules.values()) {
      for (const kind of kindsOf(owner)) this.register(kind, owner);
    }
    for (const { kind, owners } of this.#registered.values()) {
      const { boundTo } = definitionOf(kind);
      if (!isBindingClass(boundTo) || this.#providers.has(kind)) continue;
      this.#providers.set(kind, providerOf(kind, boundTo, [...owners, ...this.#modules.values()]));
    }
  }

  private register(kind: AnyTempIDKind, owner: NestModule): void {
    const known = this.#registered.get(kind.purpose);
    if (known && known.kind !== kind) {
      const others = [...known.owners].map(({ name }) => name).join(' and ');
      throw new TempIDConfigurationError(
        `Two kinds have the purpose '${kind.purpose}', one of ${others} and one of ${owner.name}: give one of ` +
          'them another purpose, or let both modules import the same kind.',
      );
    }
    if (known) known.owners.add(owner);
    else this.#registered.set(kind.purpose, { kind, owners: new Set([owner]) });
  }
}

/** The first of the modules that provides the look-up of a kind; the very first is the one that registers the kind. */
function providerOf(
  kind: AnyTempIDKind,
  boundTo: BindingClass,
  candidates: readonly NestModule[],
): NestModule {
  const module = candidates.find(({ providers }) => providers.has(boundTo));
  if (module) return module;
  throw new TempIDConfigurationError(
    `Tokens of the kind '${kind.purpose}' are bound to what ${boundTo.name} looks up: add ${boundTo.name} to the ` +
      `providers of ${candidates[0]?.name}.`,
  );
}

/** The kinds that a module gave to `forFeature`, which is among its imports. */
function kindsOf(owner: NestModule): readonly AnyTempIDKind[] {
  return [...owner.imports].flatMap(
    ({ providers }) =>
      (providers.get(FEATURE_KINDS)?.instance as AnyTempIDKind[] | undefined) ?? [],
  );
}
