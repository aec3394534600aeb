/**
 * What is used of TypeORM beside its public types. Read in typeorm 0.3.31 and 1.1.1; a change fails
 * test/stores/typeorm.spec.ts, tenants.spec.ts, transactions.spec.ts and sqlite.spec.ts.
 */
import type { DataSource, EntityManager, QueryRunner } from 'typeorm';
import { TempIDConfigurationError } from '../../common/errors.js';

/** The connection of a query runner or a manager. */
export function dataSourceOf(owner: QueryRunner | EntityManager): DataSource {
  // TypeORM 1 calls `dataSource` what TypeORM 0.3 calls `connection`.
  const { dataSource, connection } = owner as { dataSource?: DataSource } & QueryRunner;
  return dataSource ?? connection;
}

/** @throws {@link TempIDConfigurationError} for what would spend the use elsewhere, or outside a transaction */
export function assertManager(
  manager: object | undefined,
  dataSource: DataSource,
  owner: string,
): asserts manager is EntityManager {
  if (!(manager as EntityManager | undefined)?.queryRunner?.isTransactionActive) {
    throw new TempIDConfigurationError(
      `'manager' must be the EntityManager of an open transaction: dataSource.transaction((manager) => …).`,
    );
  }
  if (dataSourceOf(manager as EntityManager) !== dataSource) {
    throw new TempIDConfigurationError(
      `'manager' is one of another connection than that of ${owner}.`,
    );
  }
}

/**
 * The schema or database that TypeORM found when it connected, before anybody could say SET or USE; undefined where
 * there was none. Of SQLite none, whose indexes name none.
 */
export function homeOf(dataSource: DataSource): string | undefined {
  const { schema, database } = dataSource.driver as Partial<
    Record<'schema' | 'database', string | null>
  >;
  const { type } = dataSource.options;
  if (type === 'better-sqlite3') return undefined;
  return (type === 'postgres' ? schema : database) ?? undefined;
}

/** The one connection of better-sqlite3, in the words of its own API. */
export interface SqliteConnection {
  readonly inTransaction: boolean;
  prepare(sql: string): SqliteStatement;
  pragma(source: string, options?: { simple: boolean }): unknown;
}

export interface SqliteStatement {
  readonly reader: boolean;
  all(parameters: Record<string, unknown>): unknown[];
  run(parameters: Record<string, unknown>): { readonly changes: number };
}

export function sqliteConnectionOf({ driver }: DataSource): SqliteConnection {
  return (driver as unknown as { databaseConnection: SqliteConnection }).databaseConnection;
}

/** A connection to the primary, as the driver's pool gives it: of pg with the function that returns it. */
export function obtainConnection<Connection>({ driver }: DataSource): Promise<Connection> {
  const { obtainMasterConnection } = driver as unknown as {
    obtainMasterConnection(this: unknown): Promise<Connection>;
  };
  return obtainMasterConnection.call(driver);
}
