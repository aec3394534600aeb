import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** One answer that is kept for a second click: a row of the table `tempid_answers`, for a minute at most. */
@Entity('tempid_answers')
export class TempIDAnswer {
  /** Tells the form that was posted, and opens nothing. */
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
