import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { TempIDModule } from 'nestjs-tempid';
import { OutboxModule } from '../outbox/outbox.module.js';
import { InviteController } from './invite.controller.js';
import { Invite } from './invite.kind.js';
import { Invites } from './invites.service.js';
import { JoinController } from './join.controller.js';
import { Member } from './member.entity.js';

@Module({
  imports: [TypeOrmModule.forFeature([Member]), TempIDModule.forFeature([Invite]), OutboxModule],
  controllers: [InviteController, JoinController],
  providers: [Invites],
})
export class InviteModule {}
