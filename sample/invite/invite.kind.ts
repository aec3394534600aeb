import { defineTempID } from 'nestjs-tempid';

export const PLACES = 3;

/** Lets the first who come join a team. It is tracked, so that the team sees its invites and can end them. */
export const Invite = defineTempID<{ readonly team: string }>({
  purpose: 'invite',
  expiresIn: '7d',
  maxUses: PLACES,
  tracked: true,
});
