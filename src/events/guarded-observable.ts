import { Logger } from '@nestjs/common';
import { Observable, type Observer, type Operator, Subscriber, type Subscription } from 'rxjs';
import { errorMessage } from '../common/error-message.js';
import { withoutTokens } from '../token/without-tokens.js';

type Next<T> = (value: T) => unknown;
type Handler = (error: unknown) => unknown;

/**
 * An observable whose subscribers may throw, also behind operators: that is logged. RxJS would throw it from a timer,
 * which ends the process.
 */
export class GuardedObservable<T> extends Observable<T> {
  /** All operators of RxJS derive their observable by this, as `Subject` overrides it, too. */
  override lift<R>(operator?: Operator<T, R>): Observable<R> {
    const lifted = super.lift(operator);
    return new GuardedObservable<R>((subscriber) => lifted.subscribe(subscriber));
  }

  override subscribe(observer?: Partial<Observer<T>> | Next<T>): Subscription;
  override subscribe(
    next?: Next<T> | null,
    error?: Handler | null,
    complete?: (() => unknown) | null,
  ): Subscription;
  override subscribe(
    given?: Partial<Observer<T>> | Next<T> | null,
    error?: Handler | null,
    complete?: (() => unknown) | null,
  ): Subscription {
    // An operator, or another observable: what it throws, it hands on to its own subscriber.
    if (isSubscriber(given)) return super.subscribe(given);
    const observer =
      typeof given === 'object' && given !== null
        ? given
        : { next: given ?? undefined, error: error ?? undefined, complete: complete ?? undefined };
    return super.subscribe({
      next: (value) => void guarded(() => observer.next?.(value)),
      error: (reason: unknown) =>
        void guarded(() => {
          if (!observer.error) throw reason;
          return observer.error(reason);
        }),
      complete: () => void guarded(() => observer.complete?.()),
    });
  }
}

/** Also one of another copy of RxJS. */
function isSubscriber<T>(given: object | null | undefined): given is Subscriber<T> {
  return given instanceof Subscriber || (!!given && 'unsubscribe' in given && 'add' in given);
}

/** What is returned may be a promise, which nobody waits for. */
async function guarded(call: () => unknown): Promise<void> {
  try {
    await call();
  } catch (error) {
    const reason = withoutTokens(errorMessage(error), []);
    new Logger('TempIDEvents').error(`A subscriber failed: ${reason}`);
  }
}
