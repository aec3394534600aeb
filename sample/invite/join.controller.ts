import { Body, Controller, Get, Post, Redirect, UseFilters } from '@nestjs/common';
import {
  CurrentTempID,
  type TempIDOf,
  TempIDService,
  TokenPayload,
  UseTempID,
} from 'nestjs-tempid';
import { BadLinkFilter } from '../pages/bad-link.filter.js';
import { RefusedForm } from '../pages/refused-form.js';
import { problemOfName, typed } from '../pages/text.js';
import { Invite } from './invite.kind.js';
import { Invites } from './invites.service.js';
import { INVITE_LINK_TEXTS, joinPage } from './join.page.js';

@Controller('invite/join')
@UseFilters(new BadLinkFilter(INVITE_LINK_TEXTS))
export class JoinController {
  constructor(
    private readonly invites: Invites,
    private readonly tempid: TempIDService,
  ) {}

  @Get()
  @UseTempID(Invite, { checkUses: true })
  form(@CurrentTempID() token: TempIDOf<typeof Invite>): Promise<string> {
    return this.joinForm(token);
  }

  // The same form again, as by a double click, takes no second place: the page gives each form a value of its own.
  @Post()
  @UseTempID(Invite, { consume: 'on-success', by: 'form', repeat: true })
  @Redirect()
  async join(
    @CurrentTempID() token: TempIDOf<typeof Invite>,
    @TokenPayload('team') team: string,
    @Body('name') value: unknown,
    @Body('form') sent: unknown,
  ): Promise<{ url: string; statusCode: number }> {
    const name = typed(value);
    const error = problemOfName(name);
    if (error !== undefined) throw new RefusedForm(() => this.joinForm(token, error));
    const url = `/invite/${encodeURIComponent(token.id)}/members`;
    const form = typed(sent).slice(0, 36) || null;
    await this.invites.join({ invite: token.id, form, team, name });
    return { url, statusCode: 303 };
  }

  private async joinForm(token: TempIDOf<typeof Invite>, error?: string): Promise<string> {
    return joinPage(token, await this.tempid.usesInfo(token), error);
  }
}
