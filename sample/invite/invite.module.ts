import { Module } from '@nestjs/common';
import { TempIDModule } from 'nestjs-tempid';
import { OutboxModule } from '../outbox/outbox.module.js';
import { InviteController } from './invite.controller.js';
import { Invite } from './invite.kind.js';
import { Invites } from './invites.service.js';
import { JoinController } from './join.controller.js';
import { TeamController } from './team.controller.js';
import { TeamInvites } from './team-invites.service.js';

@Module({
  imports: [TempIDModule.forFeature([Invite]), OutboxModule],
  controllers: [InviteController, JoinController, TeamController],
  providers: [Invites, TeamInvites],
})
export class InviteModule {}
