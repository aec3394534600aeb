import { Module } from '@nestjs/common';
import { OutboxModule } from '../outbox/outbox.module.js';
import { SessionModule } from '../session/session.module.js';
import { CodeController } from './code.controller.js';
import { Codes } from './codes.service.js';
import { EnterController } from './enter.controller.js';

@Module({
  imports: [OutboxModule, SessionModule],
  controllers: [CodeController, EnterController],
  providers: [Codes],
})
export class CodeModule {}
