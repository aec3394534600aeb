import { Body, Controller, Get, Post, Redirect, UseFilters } from '@nestjs/common';
import { CurrentTempID, UseTempID } from 'nestjs-tempid';
import { BadLinkFilter } from '../pages/bad-link.filter.js';
import { RefusedForm } from '../pages/refused-form.js';
import { problemOfName, typed } from '../pages/text.js';
import { codePage } from './code.page.js';
import { Invite } from './invite.kind.js';
import { invitePage } from './invite.page.js';
import { Invites, type InviteToken } from './invites.service.js';
import { INVITE_LINK_TEXTS } from './join.page.js';
import { teamPath } from './team.page.js';
import { TeamInvites } from './team-invites.service.js';

@Controller('invite')
export class InviteController {
  constructor(
    private readonly invites: Invites,
    private readonly ofTeams: TeamInvites,
  ) {}

  @Get()
  async form(): Promise<string> {
    return invitePage({ teams: await this.ofTeams.teams() });
  }

  @Post()
  @Redirect()
  async send(
    @Body('team') typedTeam: unknown,
    @Body('label') typedLabel: unknown,
    @Body('way') way: unknown,
  ): Promise<{ url: string; statusCode: number }> {
    const [team, label, isForPhones] = [typed(typedTeam), typed(typedLabel), way === 'code'];
    const errors = {
      team: problemOfName(team),
      label: label === '' ? undefined : problemOfName(label),
    };
    if (errors.team !== undefined || errors.label !== undefined) {
      throw new RefusedForm(() => invitePage({ team, label, isForPhones, errors }));
    }
    if (isForPhones) return { url: await this.invites.makeCode(team, label), statusCode: 303 };
    await this.invites.sendByMail(team, label);
    return { url: teamPath(team, 'sent'), statusCode: 303 };
  }

  @Get('code')
  @UseTempID(Invite, { checkUses: true })
  @UseFilters(new BadLinkFilter(INVITE_LINK_TEXTS))
  code(@CurrentTempID() token: InviteToken): string {
    return codePage(token, this.invites.linkForPhones(token));
  }
}
