import { Injectable } from '@nestjs/common';

/** Stands for what sends your text messages. This one only keeps them. */
@Injectable()
export class Sms {
  readonly sent: { phone: string; text: string }[] = [];

  async send(phone: string, text: string): Promise<void> {
    this.sent.push({ phone, text });
  }
}
