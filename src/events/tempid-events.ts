import { Injectable } from '@nestjs/common';
import { Subject } from 'rxjs';
import { TempIDStoreUnavailableError, type TempIDErrorCode } from '../common/errors.js';
import { OnePerProcess } from '../common/one-per-process.js';
import { Refusal } from '../common/refusal.js';
import type { DecodedToken } from '../token/decoded-token.js';
import { internalsOf, TempID } from '../token/tempid.js';
import { GuardedObservable } from './guarded-observable.js';
import type { TempIDEvent, TokenFacts } from './tempid-event.js';

/** What a call that lets a token in has found out so far, for its event. */
export interface CallNotes {
  token?: DecodedToken;
  /** The token that takes its place. */
  renewed?: DecodedToken;
  by?: string | undefined;
  repeated?: boolean | undefined;
  /** Whether the challenge is good, so that a refusal is one of its code. */
  isCodeAsked?: boolean;
}

/** An event without its moment. */
type Untimed<Event = TempIDEvent> = Event extends TempIDEvent ? Omit<Event, 'at'> : never;

/** A token that is known by its id alone. */
type KnownToken = Omit<TokenFacts, 'kid'>;

const NO_FACTS = { id: null, purpose: null, subject: null, format: null, kid: null } as const;

/**
 * What happens to the tokens of this module, as an observable of RxJS, from the subscription to the end of the
 * application. Without a subscriber nothing is made.
 *
 * An event comes after the call that it is about has gone on, in the order in which things happened. What a subscriber
 * throws, or the promise that it returns rejects with, is logged, and the next event comes all the same.
 *
 * @example
 * events.pipe(filter(({ type }) => type === 'refused')).subscribe((event) => metrics.count(event));
 */
@OnePerProcess('TempIDEvents')
@Injectable()
export class TempIDEvents extends GuardedObservable<TempIDEvent> {
  readonly #subject: Subject<TempIDEvent>;

  /** @hidden Nest makes it. */
  constructor() {
    const subject = new Subject<TempIDEvent>();
    super((subscriber) => subject.subscribe(subscriber));
    this.#subject = subject;
  }

  /**
   * Whether there is a subscriber. Nobody makes an event where this is false.
   *
   * @internal
   */
  get isObserved(): boolean {
    return this.#subject.observed;
  }

  /**
   * In a turn of its own, and so in the asynchronous context of who calls.
   *
   * @internal
   */
  emit(event: Untimed): void {
    const moment = new Date();
    setImmediate(() => this.#subject.next(Object.freeze({ ...event, at: moment }) as TempIDEvent));
  }

  /** @internal */
  emitOf(type: 'minted' | 'extended' | 'revoked', token: TempID<unknown> | KnownToken): void {
    if (this.isObserved) this.emit({ type, ...factsOfGiven(token) });
  }

  /** @internal */
  emitRefunded(token: TempID<unknown> | KnownToken, by: string | null = null): void {
    if (this.isObserved) this.emit({ type: 'refunded', ...factsOfGiven(token), by });
  }

  /**
   * Of all tokens of a purpose, of a subject, or of both.
   *
   * @internal
   */
  emitRevoked(purpose: string | null, subject: string | null): void {
    if (this.isObserved) this.emit({ type: 'revoked', ...NO_FACTS, purpose, subject });
  }

  /** @internal */
  emitRefused(code: TempIDErrorCode, token?: TempID<unknown>): void {
    if (!this.isObserved) return;
    const facts = token ? factsOf(internalsOf(token).token) : NO_FACTS;
    this.emit({ type: 'refused', ...facts, code, by: null, milliseconds: null });
  }

  /**
   * Makes a call that lets a token in or refuses it, and exactly one event of how it ended; none where it throws what
   * says nothing of the token.
   *
   * @internal
   */
  around<R>(
    type: 'verified' | 'used' | 'renewed',
    call: (notes?: CallNotes) => Promise<R | Refusal>,
  ): Promise<R | Refusal> {
    return this.isObserved ? this.#observe(type, call) : call();
  }

  /**
   * Completes what subscribers have, once they had all that was made before.
   *
   * @internal
   */
  async end(): Promise<void> {
    if (this.isObserved) await new Promise(setImmediate);
    this.#subject.complete();
  }

  async #observe<R>(
    type: 'verified' | 'used' | 'renewed',
    call: (notes: CallNotes) => Promise<R | Refusal>,
  ): Promise<R | Refusal> {
    const notes: CallNotes = {};
    const start = performance.now();
    try {
      const result = await call(notes);
      const milliseconds = performance.now() - start;
      if (result instanceof Refusal) this.#refuse(result.toError().code, notes, milliseconds);
      else this.#succeed(type, notes, milliseconds);
      return result;
    } catch (error) {
      if (error instanceof TempIDStoreUnavailableError) {
        this.#refuse(error.code, { ...notes, isCodeAsked: false }, performance.now() - start);
      }
      throw error;
    }
  }

  #succeed(type: 'verified' | 'used' | 'renewed', notes: CallNotes, milliseconds: number): void {
    const { token, renewed, by = null, repeated = false } = notes;
    if (!token) return;
    const facts = factsOf(renewed ?? token);
    if (type === 'used') this.emit({ type, ...facts, by, repeated, milliseconds });
    else if (type === 'renewed') this.emit({ type, ...facts, previousId: token.id, milliseconds });
    else this.emit({ type, ...facts, milliseconds });
  }

  #refuse(code: TempIDErrorCode, notes: CallNotes, milliseconds: number): void {
    const { token, by = null, isCodeAsked = false } = notes;
    const type = isCodeAsked ? 'code-refused' : 'refused';
    this.emit({ type, ...(token ? factsOf(token) : NO_FACTS), code, by, milliseconds });
  }
}

function factsOf({ id, claims, format, key }: DecodedToken): TokenFacts {
  const { purpose, subject } = claims;
  return { id, purpose, subject, format, kid: key.name };
}

function factsOfGiven(token: TempID<unknown> | KnownToken): TokenFacts {
  if (token instanceof TempID) return factsOf(internalsOf(token).token);
  const { id, purpose, subject, format } = token;
  return { id, purpose, subject, format, kid: null };
}
