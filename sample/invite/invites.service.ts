import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { TempIDService } from 'nestjs-tempid';
import { Repository } from 'typeorm';
import { Outbox } from '../outbox/outbox.service.js';
import { momentText } from '../pages/parts.js';
import { Invite, PLACES } from './invite.kind.js';
import { Member } from './member.entity.js';

@Injectable()
export class Invites {
  constructor(
    @InjectRepository(Member) private readonly members: Repository<Member>,
    private readonly tempid: TempIDService,
    private readonly outbox: Outbox,
  ) {}

  async send(team: string): Promise<void> {
    const token = await this.tempid.mint(Invite, { team });
    await this.outbox.send({
      recipient: 'friends@example.com',
      subject: `Join ${team}`,
      text: `You are invited to ${team}. The first ${PLACES} who join are in; the invite ends ${momentText(token.expiresAt)}.`,
      linkLabel: `See the invite to ${team}`,
      linkPath: `/invite/join?token=${token.value}`,
    });
  }

  /** Whose form was sent before is in already, and stays so. */
  async join(member: Omit<Member, 'id'>): Promise<void> {
    try {
      await this.members.insert(member);
    } catch (error) {
      const { form } = member;
      if (form === null || !(await this.members.existsBy({ form }))) throw error;
    }
  }

  /** Who joined by an invite, in the order in which they came. */
  async membersBy(invite: string): Promise<Member[]> {
    return this.members.find({ where: { invite }, order: { id: 'ASC' } });
  }
}
