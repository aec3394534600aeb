import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';

/** A mail that a real application would have sent. */
@Entity('sample_mails')
export class Mail {
  @PrimaryGeneratedColumn()
  id!: number;

  @Column('varchar')
  recipient!: string;

  @Column('varchar')
  subject!: string;

  @Column('text')
  text!: string;

  /** To be typed, as it is read best. */
  @Column('varchar', { nullable: true })
  code?: string | null;

  @Column('varchar', { name: 'link_label' })
  linkLabel!: string;

  /**
   * Only the path, so that a link survives another port. A real mail needs a whole address: take its start
   * from the configuration, never from the request's Host header, which an attacker chooses.
   */
  @Column('text', { name: 'link_path' })
  linkPath!: string;

  /** ISO 8601 in UTC, which reads back alike from every database. */
  @Column('varchar', { name: 'sent_at' })
  sentAt!: string;
}
