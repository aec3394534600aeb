import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { TempIDModule } from 'nestjs-tempid';
import { OutboxModule } from '../outbox/outbox.module.js';
import { Account } from './account.entity.js';
import { Accounts } from './accounts.service.js';
import { ForgotController } from './forgot.controller.js';
import { PasswordReset } from './password-reset.kind.js';
import { PasswordBinding } from './password.binding.js';
import { ResetController } from './reset.controller.js';
import { ResetMails } from './reset-mails.service.js';
import { SignInController } from './sign-in.controller.js';

@Module({
  imports: [
    TypeOrmModule.forFeature([Account]),
    TempIDModule.forFeature([PasswordReset]),
    OutboxModule,
  ],
  controllers: [ForgotController, ResetController, SignInController],
  providers: [Accounts, PasswordBinding, ResetMails],
})
export class PasswordModule {}
