import { Module } from '@nestjs/common';
import { TempIDModule } from 'nestjs-tempid';
import { OutboxModule } from '../outbox/outbox.module.js';
import { SessionModule } from '../session/session.module.js';
import { CodeLogin } from './code-login.kind.js';
import { CodeController } from './code.controller.js';
import { Codes } from './codes.service.js';
import { EnterController } from './enter.controller.js';

@Module({
  imports: [TempIDModule.forFeature([CodeLogin]), OutboxModule, SessionModule],
  controllers: [CodeController, EnterController],
  providers: [Codes],
})
export class CodeModule {}
