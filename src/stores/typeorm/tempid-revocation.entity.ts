import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** What was revoked of one scope of tokens, of a subject or a purpose: a row of the table `tempid_revocations`. */
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
