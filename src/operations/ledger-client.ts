import type {
  IssuedFilter,
  IssuedPage,
  IssuedRow,
  LedgerOptions,
  TempIDLedger,
} from '../ledger/tempid-ledger.js';
import type { LookUp } from '../formats/short.codec.js';
import type { LazyLifecycle } from '../common/lazy-lifecycle.js';
import { LEDGER } from '../stores/store-outage.js';
import { type Begun, TimedClient } from '../stores/timed-client.js';
import { pickStoreOptions, storeRulesOf } from './verify-options.js';

/** The options of a call but the deadline, which the client adds. */
type CallOptions = Omit<LedgerOptions, 'deadline'>;

/** Asks the ledger. */
export class LedgerClient extends TimedClient<TempIDLedger> {
  constructor(ledger: TempIDLedger, timeout: number, begun: Begun) {
    super(ledger, LEDGER, timeout, begun);
  }

  /** Of the ledger, for messages. */
  get name(): string {
    return this.store.constructor.name;
  }

  add(row: IssuedRow, options: CallOptions = {}): Promise<void> {
    return this.ask(options, (timed) => this.store.add(row, timed));
  }

  find(id: string, options: CallOptions = {}): Promise<IssuedRow | null> {
    return this.ask(options, (timed) => this.store.find(id, timed));
  }

  list(filter: IssuedFilter, page: IssuedPage): Promise<readonly IssuedRow[]> {
    return this.ask({}, (timed) => this.store.list(filter, page, timed));
  }

  replace(row: IssuedRow, sealed: string, options: CallOptions = {}): Promise<boolean> {
    return this.ask(options, (timed) => this.store.replace(row, sealed, timed));
  }
}

/**
 * What the format of short tokens asks, which knows no ledger.
 *
 * @param options `storeTimeout`: seconds
 */
export function lookUpIn(
  ledger: TempIDLedger,
  { storeTimeout }: { readonly storeTimeout: number },
  lifecycle: LazyLifecycle,
): LookUp {
  const begun = () => lifecycle.begun('ledger');
  const client = new LedgerClient(ledger, storeTimeout * 1_000, begun);
  const rules = storeRulesOf(ledger.useOptions);
  return (id, options = {}) => client.find(id, pickStoreOptions(options, rules));
}
