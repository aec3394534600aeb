import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';

@Entity('sample_accounts')
export class Account {
  @PrimaryGeneratedColumn()
  id!: number;

  @Column('varchar', { unique: true })
  email!: string;

  @Column('varchar', { name: 'password_hash' })
  passwordHash!: string;
}
