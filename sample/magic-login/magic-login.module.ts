import { Module } from '@nestjs/common';
import { TempIDModule } from 'nestjs-tempid';
import { OutboxModule } from '../outbox/outbox.module.js';
import { SessionModule } from '../session/session.module.js';
import { MagicLoginController } from './magic-login.controller.js';
import { MagicLogin } from './magic-login.kind.js';
import { MagicMails } from './magic-mails.service.js';

@Module({
  imports: [TempIDModule.forFeature([MagicLogin]), OutboxModule, SessionModule],
  controllers: [MagicLoginController],
  providers: [MagicMails],
})
export class MagicLoginModule {}
