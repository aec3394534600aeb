import { Logger } from '@nestjs/common';
import { formatDuration } from '../common/duration.js';

/** Milliseconds between two looks at whether an outage goes on: one line for each, however many calls fail. */
const LOOK_EVERY_MS = 10_000;

/**
 * Tells an outage of one store in few lines: one when it begins, one with the count of calls that failed every ten
 * seconds while calls fail, and one when the store answers and no call has failed since the last look.
 */
export class StoreOutage {
  private readonly logger = new Logger('TempIDStore');
  private timer: NodeJS.Timeout | undefined;
  /** By `performance.now()`; undefined while the store answers. */
  private begin: number | undefined;
  private backSince: number | undefined;
  private failed = 0;
  private failedSinceLook = 0;
  private reason = '';

  /** @param name of the store, for the log */
  constructor(private readonly name: string) {}

  /** A call had no answer. */
  fail(reason: string): void {
    this.failed++;
    this.failedSinceLook++;
    this.lose(reason);
  }

  /** The connection is lost, whether or not somebody calls. */
  lose(reason: string): void {
    this.reason = reason;
    this.backSince = undefined;
    if (this.begin === undefined) {
      this.begin = performance.now();
      this.logger.error(
        `${this.name} does not answer, so no use is allowed, and routes that ask it answer 503: ${this.reason}`,
      );
    }
    this.watch();
  }

  /** A call was answered, or there is a connection again. */
  succeed(): void {
    if (this.begin === undefined) return;
    this.backSince ??= performance.now();
    this.watch();
  }

  /** The application ends: says what is left to say. Another one that has the store as well goes on with its next call. */
  end(): void {
    if (!this.timer) return;
    this.look();
    clearInterval(this.timer);
    this.timer = undefined;
  }

  private watch(): void {
    if (this.timer) return;
    this.timer = setInterval(() => this.look(), LOOK_EVERY_MS);
    this.timer.unref();
  }

  private look(): void {
    const { name, failed, failedSinceLook, begin = 0 } = this;
    this.failedSinceLook = 0;
    if (failedSinceLook > 0) {
      const unanswered = `${calls(failedSinceLook)} within ${formatDuration(LOOK_EVERY_MS)}`;
      this.logger.warn(`${name} did not answer ${unanswered}: ${this.reason}`);
      return;
    }
    // Nobody calls: who calls next begins to look again.
    clearInterval(this.timer);
    this.timer = undefined;
    if (this.backSince === undefined) return;
    const lasted = formatDuration(this.backSince - begin);
    this.logger.log(`${name} answers again, after ${lasted}: ${calls(failed)} failed in all.`);
    this.begin = undefined;
    this.backSince = undefined;
    this.failed = 0;
  }
}

function calls(count: number): string {
  return count === 1 ? '1 call' : `${count} calls`;
}

/** One for each store, whichever modules of the process share it: nothing else knows them all. */
const outages = new WeakMap<object, StoreOutage>();

export function outageOf(store: object): StoreOutage {
  const known = outages.get(store);
  if (known) return known;
  const outage = new StoreOutage(store.constructor.name || 'The store of use counts');
  outages.set(store, outage);
  return outage;
}
