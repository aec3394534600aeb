import { TempIDAnswer } from './tempid-answer.entity.js';
import { TempIDRevocation } from './tempid-revocation.entity.js';
import { TempIDUse } from './tempid-use.entity.js';

/** A table of the store's, and how it is made. */
export interface TableDefinition {
  readonly entity: typeof TempIDUse | typeof TempIDAnswer | typeof TempIDRevocation;
  readonly name: string;
  /** Of `expires_at`. */
  readonly index: string;
  readonly columns: string;
  /** The class that makes it. */
  readonly migration: string;
}

export const USES: TableDefinition = {
  entity: TempIDUse,
  name: 'tempid_uses',
  index: 'tempid_uses_expires_at',
  columns:
    'token_id varchar(64) NOT NULL PRIMARY KEY, count integer NOT NULL, expires_at bigint NOT NULL',
  migration: 'CreateTempIDUses1763769600000',
};

export const ANSWERS: TableDefinition = {
  entity: TempIDAnswer,
  name: 'tempid_answers',
  index: 'tempid_answers_expires_at',
  columns: 'id varchar(64) NOT NULL PRIMARY KEY, value text NOT NULL, expires_at bigint NOT NULL',
  migration: 'CreateTempIDAnswers1763856000000',
};

export const REVOCATIONS: TableDefinition = {
  entity: TempIDRevocation,
  name: 'tempid_revocations',
  index: 'tempid_revocations_expires_at',
  columns:
    'id varchar(64) NOT NULL PRIMARY KEY, issued_until bigint NOT NULL, except_id varchar(64), expires_at bigint NOT NULL',
  migration: 'CreateTempIDRevocations1763942400000',
};
