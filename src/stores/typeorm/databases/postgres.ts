import { type Database, type DatabaseFactory, onConflictStatements, type Row } from './database.js';

export const postgres: DatabaseFactory = (dataSource, table): Database => {
  const common = onConflictStatements(table);
  return {
    statements: {
      ...common,
      // A refused use changes no row and returns none; why it was refused is read in the same statement.
      consume: `
        WITH spent AS (${common.consume})
        SELECT count, allowed FROM spent
        UNION ALL
        SELECT count, false FROM ${table} WHERE token_id = $1 AND NOT EXISTS (SELECT FROM spent)`,
    },
    async run(sql, parameters) {
      const runner = dataSource.createQueryRunner();
      try {
        const { records } = await runner.query(sql, [...parameters], true);
        return records as readonly Row[];
      } finally {
        await runner.release();
      }
    },
  };
};
