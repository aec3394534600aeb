import { Logger } from '@nestjs/common';
import { errorMessage } from '../../common/error-message.js';
import type { StoreOutage } from '../store-outage.js';
import type { StoredTables } from './stored-tables.js';
import type { TableDefinition } from './table-definition.js';
import { differencesOf } from './table-differences.js';
import { USES } from './tables.js';

/**
 * Logs a line for what cannot be used, and one for each table that differs from ours.
 *
 * @param outage begins where the first of them cannot be used, so that the first call does not say it again
 */
export async function checkTables(
  tables: StoredTables,
  definitions: readonly TableDefinition[],
  outage?: Pick<StoreOutage, 'lose'>,
): Promise<void> {
  const logger = new Logger(tables.owner);
  const checks = await Promise.allSettled(definitions.map((table) => checkTable(tables, table)));
  const reasons = checks.map((check) =>
    check.status === 'rejected' ? errorMessage(check.reason) : null,
  );
  const ofFirst = outage && reasons[0];
  if (ofFirst) outage.lose(ofFirst);
  for (const reason of new Set(reasons)) if (reason && reason !== ofFirst) logger.error(reason);
  for (const check of checks) {
    if (check.status === 'fulfilled' && check.value) logger.warn(check.value);
  }
}

async function checkTable(
  tables: StoredTables,
  definition: TableDefinition,
): Promise<string | null> {
  await tables.run((database) => database.probe(definition), {}, [definition]);
  const table = await tables.describe(definition);
  // What this user may not see.
  if (!table) return null;
  const differences = differencesOf(tables.dataSource, table, definition);
  if (definition === USES && (await hasTimeless(tables))) {
    differences.push(
      'it has rows whose expires_at is 0, which are kept for good: Python means "never" by it, and it is what ' +
        "'synchronize' leaves of the times of a table that Python made",
    );
  }
  if (differences.length === 0) return null;
  return (
    `The table ${table.name} is not as ours: ${differences.join('; ')}. The migration ${definition.migration} ` +
    'widens the times, adds the index, and keeps what is in it; change yourself what else differs. ' +
    `'synchronize' takes columns away together with what is in them, so never run it over a table with counts.`
  );
}

async function hasTimeless(tables: StoredTables): Promise<boolean> {
  const { rows } = await tables.run((database) => database.timeless());
  return rows.length > 0;
}
