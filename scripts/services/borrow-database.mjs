import { randomBytes } from 'node:crypto';

/** A database of our own on a server that is somebody else's. */
export async function borrowDatabase(url, { create, drop }) {
  const name = `nestjs_tempid_${process.pid}_${randomBytes(4).toString('hex')}`;
  await create(name);
  return {
    url: Object.assign(new URL(url), { pathname: name }).href,
    stop: () => drop(name),
  };
}
