import type { Server } from 'node:net';
import { Inject, Injectable } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { type TempIDOf, TempIDService } from 'nestjs-tempid';
import { Outbox } from '../outbox/outbox.service.js';
import { ownOrigin } from '../own-origin.js';
import { momentText } from '../pages/parts.js';
import { SETTINGS, type Settings } from '../settings.js';
import { Invite, PLACES } from './invite.kind.js';

export type InviteToken = TempIDOf<typeof Invite>;

/** Makes invites, and lets people in by them. */
@Injectable()
export class Invites {
  constructor(
    private readonly tempid: TempIDService,
    private readonly outbox: Outbox,
    private readonly adapterHost: HttpAdapterHost,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  async sendByMail(team: string, label: string): Promise<void> {
    const token = await this.tempid.mint(Invite, { team }, about(team, label));
    await this.outbox.send({
      recipient: 'friends@example.com',
      subject: `Join ${team}`,
      text: `You are invited to ${team}. The first ${PLACES} who join are in; the invite ends ${momentText(token.expiresAt)}.`,
      linkLabel: `See the invite to ${team}`,
      linkPath: this.tempid.link('/invite/join', token),
    });
  }

  /** Where the code for a phone is shown. A short token makes it a code of few and large squares. */
  async makeCode(team: string, label: string): Promise<string> {
    const options = { ...about(team, label), format: 'short' } as const;
    const token = await this.tempid.mint(Invite, { team }, options);
    return this.tempid.link('/invite/code', token);
  }

  /** What the code says: a whole address, and its start is never what the request's Host header says. */
  linkForPhones(token: InviteToken): string {
    const { httpAdapter } = this.adapterHost;
    const origin = this.settings.publicUrl ?? ownOrigin(httpAdapter.getHttpServer() as Server);
    return this.tempid.link(new URL('/invite/join', origin), token);
  }

  /**
   * Takes a place for whoever has none by this invite. Who clicks twice is let through twice, and has one place.
   * A real application adds them to the team in the same transaction (`manager`).
   *
   * @throws TempIDAlreadyUsedError for those who are in already, and TempIDExhaustedError where it is full
   */
  async join(token: InviteToken, person: string): Promise<void> {
    await this.tempid.useOrThrow(token, Invite, { by: person, repeat: '10s' });
  }
}

/** The subject is how the invites of a team are found; the label is what its people call this one. */
function about(team: string, label: string) {
  return { subject: team, ...(label !== '' && { label }) };
}
