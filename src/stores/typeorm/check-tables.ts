import { Logger } from '@nestjs/common';
import { errorMessage } from '../../common/error-message.js';
import type { StoreOutage } from '../store-outage.js';
import type { Database, Statement } from './databases/database.js';
import type { StoredTables } from './stored-tables.js';
import { differencesOf } from './table-differences.js';
import { ANSWERS, REVOCATIONS, type TableDefinition, USES } from './tables.js';

/**
 * Logs a line for what cannot be used, and one for each table that differs from ours.
 *
 * @param outage begins where no use can be counted, so that the first use does not say it again
 */
export async function checkTables(
  tables: StoredTables,
  definitions: readonly TableDefinition[],
  outage: Pick<StoreOutage, 'lose'>,
): Promise<void> {
  const logger = new Logger('TypeOrmTempIDStore');
  const checks = await Promise.allSettled(definitions.map((table) => checkTable(tables, table)));
  const reasons = checks.map((check) =>
    check.status === 'rejected' ? errorMessage(check.reason) : null,
  );
  const ofUses = reasons[definitions.indexOf(USES)];
  if (ofUses) outage.lose(ofUses);
  for (const reason of new Set(reasons)) if (reason && reason !== ofUses) logger.error(reason);
  for (const check of checks) {
    if (check.status === 'fulfilled' && check.value) logger.warn(check.value);
  }
}

async function checkTable(
  tables: StoredTables,
  definition: TableDefinition,
): Promise<string | null> {
  const needed = definition === REVOCATIONS ? [USES, REVOCATIONS] : [definition];
  await tables.run((database) => readingOf(database, definition), {}, needed);
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

function readingOf(database: Database, definition: TableDefinition): Statement {
  if (definition === ANSWERS) return database.recall('', 0);
  return database.used('', definition === REVOCATIONS ? { at: 0, scopes: [''] } : undefined);
}

async function hasTimeless(tables: StoredTables): Promise<boolean> {
  const { rows } = await tables.run((database) => database.timeless());
  return rows.length > 0;
}
