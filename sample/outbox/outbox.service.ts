import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository } from 'typeorm';
import { Mail } from './mail.entity.js';

const SHOWN = 50;

/** Stands in for a mailer. */
@Injectable()
export class Outbox {
  constructor(@InjectRepository(Mail) private readonly mails: Repository<Mail>) {}

  async send(mail: Omit<Mail, 'id' | 'sentAt'>): Promise<void> {
    await this.mails.insert({ ...mail, sentAt: new Date().toISOString() });
  }

  /** Newest first. */
  async latest(): Promise<Mail[]> {
    return this.mails.find({ order: { id: 'DESC' }, take: SHOWN });
  }
}
