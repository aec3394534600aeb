import { Module } from '@nestjs/common';
import { OutboxModule } from '../outbox/outbox.module.js';
import { SessionModule } from '../session/session.module.js';
import { MagicLoginController } from './magic-login.controller.js';
import { MagicMails } from './magic-mails.service.js';

@Module({
  imports: [OutboxModule, SessionModule],
  controllers: [MagicLoginController],
  providers: [MagicMails],
})
export class MagicLoginModule {}
