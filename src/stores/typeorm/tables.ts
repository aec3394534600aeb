import { Column, Entity, getMetadataArgsStorage, Index, PrimaryColumn } from 'typeorm';
import { OnePerProcess } from '../../common/one-per-process.js';

/** How often one token was used: a row of the table `tempid_uses`, which the Python package shares. */
@OnePerProcess('TempIDUse')
@Entity('tempid_uses')
export class TempIDUse {
  /** The token's id, never the token. */
  @PrimaryColumn('varchar', { name: 'token_id', length: 64 })
  tokenId!: string;

  /** 2147483647: revoked. */
  @Column('integer', { name: 'count' })
  count!: number;

  /** Unix seconds; the row may go after them. Drivers that return 64 bits as text return text. */
  @Index('tempid_uses_expires_at')
  @Column('bigint', { name: 'expires_at' })
  expiresAt!: number | string;
}

/** A revocation of one scope, of a subject or a purpose: a row of the table `tempid_revocations`. */
@OnePerProcess('TempIDRevocation')
@Entity('tempid_revocations')
export class TempIDRevocation {
  /** The scope's id, from which neither subject nor purpose can be read. */
  @PrimaryColumn('varchar', { name: 'id', length: 64 })
  id!: string;

  /** Unix milliseconds: what was issued until then is revoked. Drivers that return 64 bits as text return text. */
  @Column('bigint', { name: 'issued_until' })
  issuedUntil!: number | string;

  /** The id of the one token of that very millisecond which goes on. */
  @Column('varchar', { name: 'except_id', length: 64, nullable: true })
  exceptId!: string | null;

  /** Unix seconds; the row may go after them. */
  @Index('tempid_revocations_expires_at')
  @Column('bigint', { name: 'expires_at' })
  expiresAt!: number | string;
}

/** One answer that is kept for a second click: a row of the table `tempid_answers`, for a minute at most. */
@OnePerProcess('TempIDAnswer')
@Entity('tempid_answers')
export class TempIDAnswer {
  /** Of the form that was posted. It opens nothing. */
  @PrimaryColumn('varchar', { name: 'id', length: 64 })
  id!: string;

  /** The sealed answer in base64, since each database has another type for bytes. */
  @Column('text', { name: 'value' })
  value!: string;

  /** Unix milliseconds; the row may go after them. Drivers that return 64 bits as text return text. */
  @Index('tempid_answers_expires_at')
  @Column('bigint', { name: 'expires_at' })
  expiresAt!: number | string;
}

type TableKey = 'uses' | 'revocations' | 'answers';

/** A table of the store's, as its entity declares it. */
export interface TableDefinition {
  readonly key: TableKey;
  readonly entity: new () => object;
  readonly name: string;
  /** Name of the index on `expires_at`. */
  readonly index: string;
  /** The first one is the primary key. */
  readonly columns: readonly [ColumnDefinition, ...ColumnDefinition[]];
  /** Name of the class that makes it. */
  readonly migration: string;
}

/** The type is written with its length, as in SQL. */
export type ColumnDefinition = Record<'name' | 'type', string> &
  Record<'isPrimary' | 'isNullable', boolean>;

function definitionOf(
  key: TableKey,
  entity: TableDefinition['entity'],
  migration: string,
): TableDefinition {
  const { tables, indices, columns } = getMetadataArgsStorage();
  const isIts = ({ target }: { target: unknown }) => target === entity;
  const [id, ...others] = columns.filter(isIts).map(({ options }) => ({
    name: options.name ?? '',
    type: `${String(options.type)}${options.length ? `(${options.length})` : ''}`,
    isPrimary: options.primary === true,
    isNullable: options.nullable === true,
  }));
  if (!id) throw new Error(`${entity.name} has no columns`);
  const [name, index] = [tables.find(isIts)?.name ?? '', indices.find(isIts)?.name ?? ''];
  return { key, entity, name, index, columns: [id, ...others], migration };
}

export const USES = definitionOf('uses', TempIDUse, 'CreateTempIDUses1763769600000');
export const REVOCATIONS = definitionOf(
  'revocations',
  TempIDRevocation,
  'CreateTempIDRevocations1763942400000',
);
export const ANSWERS = definitionOf('answers', TempIDAnswer, 'CreateTempIDAnswers1763856000000');

/** A value for each of the three tables. */
export type PerTable<Value> = Readonly<Record<TableKey, Value>>;

export function perTable<Value>(valueOf: (table: TableDefinition) => Value): PerTable<Value> {
  return { uses: valueOf(USES), revocations: valueOf(REVOCATIONS), answers: valueOf(ANSWERS) };
}
