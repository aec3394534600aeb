import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** How often one token was used: a row of the table `tempid_uses`, which the Python package shares. */
@Entity('tempid_uses')
export class TempIDUse {
  /** The token's id, never the token. */
  @PrimaryColumn('varchar', { name: 'token_id', length: 64 })
  tokenId!: string;

  /** 2147483647: revoked. */
  @Column('int', { name: 'count' })
  count!: number;

  /** Unix seconds; the row may go after them. Drivers that return 64 bits as text return text. */
  @Index('tempid_uses_expires_at')
  @Column('bigint', { name: 'expires_at' })
  expiresAt!: number | string;
}
