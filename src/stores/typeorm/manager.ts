import type { DataSource } from 'typeorm';
import { TempIDConfigurationError } from '../../errors.js';

/** @throws {@link TempIDConfigurationError} for what would spend the use elsewhere, or outside a transaction */
export function expectManager(manager: unknown, dataSource: DataSource): void {
  const {
    queryRunner,
    connection,
    dataSource: owner = connection,
  } = Object(manager) as TransactionManager;
  if (!queryRunner?.isTransactionActive) {
    throw new TempIDConfigurationError(
      `'manager' must be the EntityManager of an open transaction: dataSource.transaction((manager) => …).`,
    );
  }
  if (owner !== dataSource) {
    throw new TempIDConfigurationError(
      `'manager' is one of another connection than the one on which TypeOrmTempIDStore counts.`,
    );
  }
}

/** TypeORM 1 calls `dataSource` what TypeORM 0.3 calls `connection`. */
interface TransactionManager {
  readonly queryRunner?: { readonly isTransactionActive: boolean };
  readonly dataSource?: DataSource;
  readonly connection?: DataSource;
}
