import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { formatDuration } from '../common/duration.js';
import { TempIDEvents } from '../events/tempid-events.js';
import { TempIDLedger } from '../ledger/tempid-ledger.js';
import { TempIDStore } from './tempid-store.js';

/** One line for each of these while an outage lasts, however many calls fail. */
const REPORT_INTERVAL_MS = 10_000;

/** What does not answer, and what that means to the application. */
export interface OutageSubject {
  readonly name: string;
  readonly lost: string;
}

export const STORE: OutageSubject = {
  name: 'store of use counts',
  lost: 'no use is allowed, and routes that ask it answer 503',
};

export const LEDGER: OutageSubject = {
  name: 'ledger',
  lost: 'no token that is tracked is minted, and none is found or listed',
};

/**
 * Reports an outage of one store in few lines: one when it begins, one with the count of calls that failed every ten
 * seconds while calls fail, and one when the store answers and no call has failed since the last of these looks.
 */
export class StoreOutage {
  /** Those of the modules that have the store. */
  readonly events = new Set<TempIDEvents>();
  private readonly logger = new Logger('TempIDStore');
  private timer: NodeJS.Timeout | undefined;
  /** By `performance.now()`; undefined while the store answers. */
  private begin: number | undefined;
  private backSince: number | undefined;
  private failed = 0;
  private failedSinceReport = 0;
  private reason = '';

  /**
   * @param name of the store, for the log
   * @param lost what that means to the application
   */
  constructor(
    private readonly name: string,
    private readonly lost: string,
  ) {}

  /** A call had no answer. */
  fail(reason: string): void {
    this.failed++;
    this.failedSinceReport++;
    this.lose(reason);
  }

  /** The connection is lost, whether or not somebody calls. */
  lose(reason: string): void {
    this.reason = reason;
    this.backSince = undefined;
    if (this.begin === undefined) {
      this.begin = performance.now();
      this.emit({ type: 'store-unavailable', store: this.name });
      this.logger.error(`${this.name} does not answer, so ${this.lost}: ${this.reason}`);
    }
    this.watch();
  }

  /** A call was answered, or there is a connection again. */
  succeed(): void {
    if (this.begin === undefined) return;
    this.backSince ??= performance.now();
    this.watch();
  }

  /** Reports what is left to report. The next call of another application with this store goes on. */
  end(): void {
    if (!this.timer) return;
    this.report();
    this.stop();
  }

  private watch(): void {
    this.timer ??= setInterval(() => this.report(), REPORT_INTERVAL_MS).unref();
  }

  private stop(): void {
    clearInterval(this.timer);
    this.timer = undefined;
  }

  private report(): void {
    const { name, failed, failedSinceReport, begin = 0 } = this;
    this.failedSinceReport = 0;
    if (failedSinceReport > 0) {
      const unanswered = `${calls(failedSinceReport)} within ${formatDuration(REPORT_INTERVAL_MS)}`;
      this.logger.warn(`${name} did not answer ${unanswered}: ${this.reason}`);
      return;
    }
    // Nobody calls; the next call starts the timer again.
    this.stop();
    if (this.backSince === undefined) return;
    const milliseconds = this.backSince - begin;
    this.emit({ type: 'store-back', store: name, milliseconds });
    const lasted = formatDuration(milliseconds);
    this.logger.log(`${name} answers again, after ${lasted}: ${calls(failed)} failed in all.`);
    this.begin = undefined;
    this.backSince = undefined;
    this.failed = 0;
  }

  private emit(event: Parameters<TempIDEvents['emit']>[0]): void {
    for (const events of this.events) if (events.isObserved) events.emit(event);
  }
}

function calls(count: number): string {
  return count === 1 ? '1 call' : `${count} calls`;
}

/** At module level, since modules that share a store report its outage once, and nothing else knows all of them. */
const outages = new WeakMap<object, StoreOutage>();

export function outageOf(store: object, { name, lost } = STORE): StoreOutage {
  let outage = outages.get(store);
  if (!outage) {
    outage = new StoreOutage(store.constructor.name || `The ${name}`, lost);
    outages.set(store, outage);
  }
  return outage;
}

/** Has outages told to the module's subscribers, and ends their reports and the events together with the application. */
@Injectable()
export class OutageEnd implements OnApplicationShutdown {
  private readonly outages: readonly StoreOutage[];

  constructor(
    store: TempIDStore,
    ledger: TempIDLedger,
    private readonly events: TempIDEvents,
  ) {
    this.outages = [outageOf(store), outageOf(ledger, LEDGER)];
    for (const outage of this.outages) outage.events.add(events);
  }

  onApplicationShutdown(): Promise<void> {
    for (const outage of this.outages) {
      outage.end();
      outage.events.delete(this.events);
    }
    return this.events.end();
  }
}
