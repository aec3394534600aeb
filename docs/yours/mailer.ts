import { Injectable } from '@nestjs/common';

/** Stands for what sends your mails. This one only keeps them. */
@Injectable()
export class Mailer {
  readonly sent: { to: string; text: string }[] = [];

  async send(to: string, text: string): Promise<void> {
    this.sent.push({ to, text });
  }
}
