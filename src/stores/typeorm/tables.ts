import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { OnePerProcess } from '../../common/one-per-process.js';
import { definitionOf, type TableDefinition, type TableKey } from './table-definition.js';

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

/** By whom a token was used, and when: a row of the table `tempid_used_by`, which is kept as long as the count. */
@OnePerProcess('TempIDUsedBy')
@Entity('tempid_used_by')
@Index('tempid_used_by_used_at', ['tokenId', 'usedAt', 'byHash'])
export class TempIDUsedBy {
  /** The token's id, never the token. */
  @PrimaryColumn('varchar', { name: 'token_id', length: 64 })
  tokenId!: string;

  /** SHA-256 of who it was, in base64url: two are the same by their bytes, whatever the database takes for equal. */
  @PrimaryColumn('varchar', { name: 'by_hash', length: 64 })
  byHash!: string;

  /** Who it was. */
  @Column('varchar', { name: 'used_by', length: 255 })
  usedBy!: string;

  /** Unix milliseconds. Drivers that return 64 bits as text return text. */
  @Column('bigint', { name: 'used_at' })
  usedAt!: number | string;

  /** Unix seconds, those of the count; the row may go after them. */
  @Index('tempid_used_by_expires_at')
  @Column('bigint', { name: 'expires_at' })
  expiresAt!: number | string;
}

/** A token that was minted `tracked`: a row of the table `tempid_issued`. Neither the token nor, in clear, its payload. */
@OnePerProcess('TempIDIssued')
@Entity('tempid_issued')
@Index('tempid_issued_at', ['issuedAt', 'id'])
@Index('tempid_issued_purpose', ['purpose', 'issuedAt', 'id'])
@Index('tempid_issued_subject', ['subject', 'issuedAt', 'id'])
@Index('tempid_issued_purpose_subject', ['purpose', 'subject', 'issuedAt', 'id'])
@Index('tempid_issued_label', ['label', 'issuedAt', 'id'])
export class TempIDIssued {
  /** The token's id, never the token. */
  @PrimaryColumn('varchar', { name: 'id', length: 64 })
  id!: string;

  @Column('varchar', { name: 'purpose', length: 255, nullable: true })
  purpose!: string | null;

  @Column('varchar', { name: 'subject', length: 255, nullable: true })
  subject!: string | null;

  @Column('varchar', { name: 'audience', length: 255, nullable: true })
  audience!: string | null;

  @Column('varchar', { name: 'label', length: 255, nullable: true })
  label!: string | null;

  @Column('varchar', { name: 'format', length: 16 })
  format!: string;

  /** Unix milliseconds. Drivers that return 64 bits as text return text. */
  @Column('bigint', { name: 'issued_at' })
  issuedAt!: number | string;

  /** Unix seconds, as `validUntil`: from when to when the token works. */
  @Column('bigint', { name: 'not_before', nullable: true })
  notBefore!: number | string | null;

  @Column('bigint', { name: 'valid_until' })
  validUntil!: number | string;

  /** 0: unlimited. */
  @Column('integer', { name: 'max_uses' })
  maxUses!: number;

  /** What a token of the format short means, encrypted. */
  @Column('text', { name: 'sealed', nullable: true })
  sealed!: string | null;

  /** Unix seconds; the row may go after them. */
  @Index('tempid_issued_expires_at')
  @Column('bigint', { name: 'expires_at' })
  expiresAt!: number | string;
}

export const USES = definitionOf('uses', TempIDUse, 'CreateTempIDUses1763769600000');
export const REVOCATIONS = definitionOf(
  'revocations',
  TempIDRevocation,
  'CreateTempIDRevocations1763942400000',
);
export const USED_BY = definitionOf('usedBy', TempIDUsedBy, 'CreateTempIDUsedBy1764028800000', [
  'used_by',
]);

export const ISSUED = definitionOf('issued', TempIDIssued, 'CreateTempIDIssued1764115200000', [
  'purpose',
  'subject',
  'audience',
  'label',
]);

/** All tables: where each of them is, is asked at once. */
const TABLES: readonly TableDefinition[] = [USES, REVOCATIONS, USED_BY, ISSUED];

/** A value for each of the tables. */
export type PerTable<Value> = Readonly<Record<TableKey, Value>>;

export function perTable<Value>(valueOf: (table: TableDefinition) => Value): PerTable<Value> {
  const entries = TABLES.map((table) => [table.key, valueOf(table)] as const);
  return Object.fromEntries(entries) as PerTable<Value>;
}
