import { Body, Controller, Get, Post, Redirect, UseFilters } from '@nestjs/common';
import { CurrentTempID, TempIDAlreadyUsedError, TempIDService, UseTempID } from 'nestjs-tempid';
import { BadLinkFilter } from '../pages/bad-link.filter.js';
import { RefusedForm } from '../pages/refused-form.js';
import { problemOfEmail, typed } from '../pages/text.js';
import { Invite } from './invite.kind.js';
import { Invites, type InviteToken } from './invites.service.js';
import { alreadyInPage, INVITE_LINK_TEXTS, joinPage } from './join.page.js';
import { teamPath } from './team.page.js';

@Controller('invite/join')
@UseFilters(new BadLinkFilter(INVITE_LINK_TEXTS))
export class JoinController {
  constructor(
    private readonly invites: Invites,
    private readonly tempid: TempIDService,
  ) {}

  @Get()
  @UseTempID(Invite, { checkUses: true })
  form(@CurrentTempID() token: InviteToken): Promise<string> {
    return this.joinForm(token);
  }

  @Post()
  @UseTempID(Invite)
  @Redirect()
  async join(
    @CurrentTempID() token: InviteToken,
    @Body('email') value: unknown,
  ): Promise<{ url: string; statusCode: number }> {
    const email = typed(value);
    const error = problemOfEmail(email);
    if (error !== undefined) throw new RefusedForm(() => this.joinForm(token, error));
    const { team } = token.payload;
    try {
      // One person, however the address is written. Whoever is signed in has an id that needs no such care.
      await this.invites.join(token, email.toLowerCase());
    } catch (refusal) {
      if (!(refusal instanceof TempIDAlreadyUsedError)) throw refusal;
      throw new RefusedForm(() => alreadyInPage(team), 409);
    }
    return { url: teamPath(team, 'joined'), statusCode: 303 };
  }

  private async joinForm(token: InviteToken, error?: string): Promise<string> {
    return joinPage(token, await this.tempid.usesInfo(token), error);
  }
}
