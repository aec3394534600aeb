import { Injectable, NotFoundException } from '@nestjs/common';
import {
  type IssuedTempID,
  TempIDExpiredError,
  TempIDRevokedError,
  TempIDService,
  type UsedBy,
} from 'nestjs-tempid';
import { Invite, PLACES } from './invite.kind.js';

/** An invite and who joined by it. The link itself is not kept, so nothing here can show it again. */
export interface TeamInvite extends IssuedTempID {
  readonly people: readonly UsedBy[];
}

const SHOWN = 20;

/** What a team does with its invites. A real application asks first whether who asks may do that. */
@Injectable()
export class TeamInvites {
  constructor(private readonly tempid: TempIDService) {}

  /** The teams of the newest invites. */
  async teams(): Promise<string[]> {
    const { items } = await this.tempid.list({ purpose: Invite });
    return [...new Set(items.flatMap(({ subject }) => subject ?? []))];
  }

  /** Newest first. */
  async of(team: string): Promise<{ invites: TeamInvite[]; hasMore: boolean }> {
    const page = { purpose: Invite, subject: team, limit: SHOWN };
    const { items, next } = await this.tempid.list(page);
    const invites = items.map(async (item) => {
      const { items: people } = await this.tempid.usedBy({ id: item.id });
      return { ...item, people };
    });
    return { invites: await Promise.all(invites), hasMore: next !== null };
  }

  /**
   * Three more places, and a week from now.
   *
   * @returns false for an invite that has ended in the meantime, and stays so
   */
  async extend(team: string, id: string): Promise<boolean> {
    const { maxUses } = await this.find(team, id);
    try {
      await this.tempid.extend({ id }, { expiresIn: '7d', maxUses: maxUses + PLACES });
      return true;
    } catch (error) {
      if (error instanceof TempIDExpiredError || error instanceof TempIDRevokedError) return false;
      throw error;
    }
  }

  async end(team: string, id: string): Promise<void> {
    await this.find(team, id);
    await this.tempid.revoke({ id });
  }

  async endAll(team: string): Promise<void> {
    await this.tempid.revokeSubject({ purpose: Invite, subject: team });
  }

  /** Whoever knows an id may be of another team. */
  private async find(team: string, id: string): Promise<IssuedTempID> {
    const invite = await this.tempid.find(id);
    if (invite?.purpose !== Invite.purpose || invite.subject !== team) {
      throw new NotFoundException();
    }
    return invite;
  }
}
