import { Injectable } from '@nestjs/common';
import { TempIDService } from 'nestjs-tempid';
import { Outbox } from '../outbox/outbox.service.js';
import { momentText } from '../pages/parts.js';
import { Download, DOWNLOADS } from './download.kind.js';
import { TIDES } from './tides.js';

@Injectable()
export class Downloads {
  constructor(
    private readonly tempid: TempIDService,
    private readonly outbox: Outbox,
  ) {}

  async send(email: string): Promise<void> {
    const token = await this.tempid.mint(Download, { file: TIDES.name });
    await this.outbox.send({
      recipient: email,
      subject: `Your file ${TIDES.name}`,
      text: `Here is the file you asked for. You can download it ${DOWNLOADS} times, until ${momentText(token.expiresAt)}.`,
      linkLabel: 'Go to the download',
      linkPath: `/download/file?token=${token.value}`,
    });
  }
}
