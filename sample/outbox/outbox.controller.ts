import { Controller, Get, Inject } from '@nestjs/common';
import { SETTINGS, type Settings } from '../settings.js';
import { outboxPage } from './outbox.page.js';
import { Outbox } from './outbox.service.js';

@Controller('outbox')
export class OutboxController {
  constructor(
    private readonly outbox: Outbox,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  @Get()
  async list(): Promise<string> {
    return outboxPage(await this.outbox.latest(), this.settings.linksOutliveRestart);
  }
}
