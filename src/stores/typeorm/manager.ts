import type { DataSource } from 'typeorm';
import { TempIDConfigurationError } from '../../common/errors.js';

/** @throws {@link TempIDConfigurationError} for what would spend the use elsewhere, or outside a transaction */
export function assertManager(manager: unknown, dataSource: DataSource): void {
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
  const { type, maxTransactionRetries } = dataSource.options as {
    type: string;
    maxTransactionRetries?: number;
  };
  if (type === 'cockroachdb' && maxTransactionRetries !== 0) {
    throw new TempIDConfigurationError(
      `On CockroachDB 'manager' needs a connection with { maxTransactionRetries: 0 }: TypeORM would repeat a ` +
        'transaction by itself, without looking whether the use is still allowed.',
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
