import { defineTempID } from 'nestjs-tempid';

export const PLACES = 3;

/** Lets the first who come join a team. */
export const Invite = defineTempID<{ readonly team: string }>({
  purpose: 'invite',
  expiresIn: '7d',
  maxUses: PLACES,
});
