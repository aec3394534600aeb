import { randomBytes } from 'node:crypto';
import { startPrivate, startServices, stopServices } from '../../services/index.mjs';

/**
 * A server of scripts/services: `url`; `server` where it is to be killed, which is one of our own then;
 * `isGiven` where it is whose we do not know, so that what we make there is ours to remove.
 */
export async function serverOf(name, { kill, defer }) {
  if (kill) {
    const starting = startPrivate(name);
    // Of one that did not start there is nothing to stop.
    defer(() =>
      starting.then(
        ({ stop }) => stop(),
        () => {},
      ),
    );
    const { url, ...server } = await starting;
    return { url, server };
  }
  const starting = startServices([name]);
  defer(() => starting.then(stopServices));
  const { [name]: found } = await starting;
  if (found.missing) throw new Error(found.missing);
  return { url: found.url, isGiven: found.how === 'given' };
}

/** A name that nobody else has, for a place on a server that is somebody else's. */
export const newName = () => `tempid_stress_${randomBytes(6).toString('hex')}`;
