import {
  MemoryTempIDLedger,
  MemoryTempIDStore,
  type TempIDModuleOptions,
  type TempIDStore,
} from '../../src/index.js';
import { Keyring } from '../../src/keys/keyring.js';
import { resolveSecrets } from '../../src/keys/secrets.js';
import type { IssuedRow } from '../../src/ledger/tempid-ledger.js';
import { SECRET } from '../support/secrets.js';
import { createService } from '../support/service.js';

/** A ledger whose rows a test may write, and which counts what it is asked. */
export class OpenLedger extends MemoryTempIDLedger {
  readonly asked: string[] = [];
  /** What stands in the place of a row; null: there is none. */
  readonly forged = new Map<string, IssuedRow | null>();
  isDown = false;
  isSilent = false;

  override async add(row: IssuedRow): Promise<void> {
    if (this.isDown) throw new Error('no connection');
    await super.add(row);
  }

  override async find(id: string): Promise<IssuedRow | null> {
    this.asked.push(id);
    if (this.isDown) throw new Error('no connection');
    if (this.isSilent) return new Promise(() => {});
    const forged = this.forged.get(id);
    return forged === undefined ? super.find(id) : forged;
  }

  async row(id: string): Promise<IssuedRow> {
    const row = await super.find(id);
    if (!row) throw new Error('there is no row');
    return row;
  }
}

/** A service whose tokens are short, with its ledger. */
export function shortService(
  options: TempIDModuleOptions & { secret?: never } = {},
  store: TempIDStore = new MemoryTempIDStore(),
  secret: string | Buffer = SECRET,
  ledger = new OpenLedger(),
) {
  const keyring = new Keyring(resolveSecrets(secret));
  const tempid = createService({ format: 'short', ...options }, store, keyring, undefined, ledger);
  return { tempid, store, ledger };
}

/** The code of the error, or `fine`. */
export async function codeOf(call: Promise<unknown>): Promise<string> {
  return call.then(
    () => 'fine',
    (error: Error & { code?: string }) => error.code ?? error.message,
  );
}
