import { defineTempID } from 'nestjs-tempid';

export const DOWNLOADS = 3;

/** Downloads a file a few times. */
export const Download = defineTempID<{ readonly file: string }>({
  purpose: 'download',
  expiresIn: '1h',
  maxUses: DOWNLOADS,
});
