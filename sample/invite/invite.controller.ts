import { Body, Controller, Get, NotFoundException, Param, Post, Redirect } from '@nestjs/common';
import { RefusedForm } from '../pages/refused-form.js';
import { problemOfName, typed } from '../pages/text.js';
import { invitePage, membersPage } from './invite.page.js';
import { Invites } from './invites.service.js';

@Controller('invite')
export class InviteController {
  constructor(private readonly invites: Invites) {}

  @Get()
  form(): string {
    return invitePage();
  }

  @Post()
  @Redirect('/outbox', 303)
  async send(@Body('team') value: unknown): Promise<void> {
    const team = typed(value);
    const error = problemOfName(team);
    if (error !== undefined) throw new RefusedForm(() => invitePage({ team, error }));
    await this.invites.send(team);
  }

  @Get(':invite/members')
  async members(@Param('invite') invite: string): Promise<string> {
    const members = await this.invites.membersBy(invite);
    const latest = members.at(-1);
    if (!latest) throw new NotFoundException();
    return membersPage(latest, members);
  }
}
