import type { CanActivate, ExecutionContext, Type } from '@nestjs/common';
import { asGiven, type OptionRules } from '../common/options.js';
import type { AnyTempIDKind } from '../kinds/tempid-kind.js';
import type { TempID } from '../token/tempid.js';
import { parseExtractors, type TempIDExtractor } from './extractors.js';

type Awaitable<T> = T | Promise<T>;

/** The key of a route's {@link UseTempIDOptions} in its metadata. */
export const USE_TEMPID = 'nestjs-tempid:use-tempid';

/** What `@UseTempID` takes. */
export interface UseTempIDOptions {
  /**
   * Whether a request spends one use. `'on-success'` gives it back when the handler, or anything after
   * the guard, throws, or when the answer's status is 400 or over, but 412 and 416 after the handler has run;
   * until then no other request has it.
   * Where it is not known whether the handler did anything, the use stays spent.
   * Default: false.
   */
  consume?: boolean | 'on-success';
  /**
   * With `consume`, on a GET: a request whose `Range` does not begin at byte 0 spends nothing where a use of its
   * token was spent before, so that a download which broke off can be resumed. Default: false.
   */
  resumable?: boolean;
  /** Also refuses, without spending, a token that is spent or revoked. `consume` does so anyway. */
  checkUses?: boolean;
  /** The purpose that the token must have. */
  purpose?: string;
  /** The audience that the token must have. Default: that of the module. */
  audience?: string;
  /** The subject that the token must have, such as the id of the user who is logged in. One that is found to be undefined or null is never equal. */
  subject?: string | ((context: ExecutionContext) => string | undefined);
  /**
   * Looks up the value that the token must be bound to, such as the hash of its subject's password;
   * `'browser'`: the key of the browser that sends the request, which `@BrowserKey()` gives.
   */
  boundTo?:
    | 'browser'
    | ((token: TempID, context: ExecutionContext) => Awaitable<string | null | undefined>);
  /** Where the token is in the request. Default: that of the module. */
  extract?: TempIDExtractor | readonly TempIDExtractor[];
  /** A guard of your own that extends TempIDGuard. */
  guard?: Type<CanActivate>;
}

/** How they are read. */
export const ROUTE_RULES: OptionRules<UseTempIDOptions> = {
  consume: asGiven(),
  resumable: asGiven(),
  checkUses: asGiven(),
  purpose: asGiven(),
  audience: asGiven(),
  subject: asGiven(),
  boundTo: asGiven(),
  extract: { parse: parseExtractors },
  guard: asGiven(),
};

/** What `@UseTempID` takes beside a kind, which says the purpose and the audience. */
export type UseTempIDKindOptions = Omit<UseTempIDOptions, 'purpose' | 'audience'>;

/** What is known of a route: what its decorator was given. */
export interface TempIDRoute extends UseTempIDOptions {
  readonly kind?: AnyTempIDKind;
}

/** A method that a decorator of this module stands on, or on whose class it stands. */
export interface DecoratedHandler {
  readonly route: TempIDRoute;
  readonly type: Type<object>;
  readonly name: string;
  readonly handler: object;
}
