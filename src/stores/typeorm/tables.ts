import { TempIDAnswer } from './tempid-answer.entity.js';
import { TempIDRevocation } from './tempid-revocation.entity.js';
import { TempIDUse } from './tempid-use.entity.js';

export interface ColumnDefinition {
  readonly name: string;
  readonly type: 'varchar(64)' | 'text' | 'integer' | 'bigint';
  readonly isPrimary?: true;
  readonly isNullable?: true;
}

/** A table of the store's, and how it is made. */
export interface TableDefinition {
  readonly entity: typeof TempIDUse | typeof TempIDAnswer | typeof TempIDRevocation;
  readonly name: string;
  /** Of `expires_at`. */
  readonly index: string;
  readonly columns: readonly ColumnDefinition[];
  /** The class that makes it. */
  readonly migration: string;
}

const EXPIRES_AT: ColumnDefinition = { name: 'expires_at', type: 'bigint' };

export const USES: TableDefinition = {
  entity: TempIDUse,
  name: 'tempid_uses',
  index: 'tempid_uses_expires_at',
  columns: [
    { name: 'token_id', type: 'varchar(64)', isPrimary: true },
    { name: 'count', type: 'integer' },
    EXPIRES_AT,
  ],
  migration: 'CreateTempIDUses1763769600000',
};

export const ANSWERS: TableDefinition = {
  entity: TempIDAnswer,
  name: 'tempid_answers',
  index: 'tempid_answers_expires_at',
  columns: [
    { name: 'id', type: 'varchar(64)', isPrimary: true },
    { name: 'value', type: 'text' },
    EXPIRES_AT,
  ],
  migration: 'CreateTempIDAnswers1763856000000',
};

export const REVOCATIONS: TableDefinition = {
  entity: TempIDRevocation,
  name: 'tempid_revocations',
  index: 'tempid_revocations_expires_at',
  columns: [
    { name: 'id', type: 'varchar(64)', isPrimary: true },
    { name: 'issued_until', type: 'bigint' },
    { name: 'except_id', type: 'varchar(64)', isNullable: true },
    EXPIRES_AT,
  ],
  migration: 'CreateTempIDRevocations1763942400000',
};
