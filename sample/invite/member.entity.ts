import { Column, Entity, Index, PrimaryGeneratedColumn } from 'typeorm';

@Entity('sample_members')
export class Member {
  @PrimaryGeneratedColumn()
  id!: number;

  /** The id of the token that let the person in; it opens nothing, so it may be stored and shown. */
  @Index()
  @Column('varchar')
  invite!: string;

  /** The form that was sent, so that a second click on its button takes no second place. */
  @Column('varchar', { unique: true, nullable: true })
  form!: string | null;

  @Column('varchar')
  team!: string;

  @Column('varchar')
  name!: string;
}
