import { Logger } from '@nestjs/common';
import { errorMessage } from '../../common/error-message.js';
import type { StoreOutage } from '../store-outage.js';
import type { Database, Statement } from './databases/database.js';
import { differencesOf } from './differences.js';
import type { StoredTables } from './stored-tables.js';
import { ANSWERS, REVOCATIONS, type TableDefinition, USES } from './tables.js';

/**
 * Says in a line what cannot be used, and of each table in a line what is not as ours in it.
 *
 * @param outage is told where no use can be counted, so that the first use does not tell it again
 */
export async function checkTables(
  tables: StoredTables,
  definitions: readonly TableDefinition[],
  outage: Pick<StoreOutage, 'lose'>,
): Promise<void> {
  const logger = new Logger('TypeOrmTempIDStore');
  const looks = await Promise.allSettled(definitions.map((table) => checkTable(tables, table)));
  const reasons = looks.map((look) =>
    look.status === 'rejected' ? errorMessage(look.reason) : null,
  );
  const ofUses = reasons[definitions.indexOf(USES)];
  if (ofUses) outage.lose(ofUses);
  for (const reason of new Set(reasons)) if (reason && reason !== ofUses) logger.error(reason);
  for (const look of looks) {
    if (look.status === 'fulfilled' && look.value) logger.warn(look.value);
  }
}

async function checkTable(
  tables: StoredTables,
  definition: TableDefinition,
): Promise<string | null> {
  const needed = definition === REVOCATIONS ? [USES, REVOCATIONS] : [definition];
  await tables.run((database) => statementOf(database, definition), {}, needed);
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

function statementOf(database: Database, definition: TableDefinition): Statement {
  if (definition === ANSWERS) return database.recall('', 0);
  if (definition === REVOCATIONS) return database.used('', { at: 0, scopes: [''] });
  return database.used('');
}

async function hasTimeless(tables: StoredTables): Promise<boolean> {
  const { rows } = await tables.run((database) => database.timeless());
  return rows.length > 0;
}
