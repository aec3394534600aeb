import { expect } from '@jest/globals';
import type { Type } from '@nestjs/common';
import type { IssuedList, TempID } from 'nestjs-tempid';
import type { Questions } from './questions.js';

interface Invites {
  invite(teamId: number, label: string): Promise<TempID<unknown>>;
  open(teamId: number, after?: string): Promise<IssuedList>;
  end(teamId: number, id: string): Promise<void>;
}

export const issued: Readonly<Record<string, Questions>> = {
  'app.module.ts': {
    'lists the open invites of a team, until the team itself ends one': async (example) => {
      const { Invites: InvitesClass } = await example.sibling('invites.ts');
      const invites = example.find(InvitesClass as Type<Invites>);
      const { id } = await invites.invite(7, 'Spring intake');
      await invites.invite(8, 'Autumn intake');
      const labels = async () => (await invites.open(7)).items.map(({ label }) => label);
      expect(await labels()).toEqual(['Spring intake']);
      await invites.end(8, id);
      expect(await labels()).toEqual(['Spring intake']);
      await invites.end(7, id);
      expect(await labels()).toEqual([]);
    },
  },
};
