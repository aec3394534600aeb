import { randomBytes } from 'node:crypto';

/** Starts `count` calls before the first can answer, and waits for all. */
export function concurrently<R>(count: number, call: (index: number) => Promise<R>): Promise<R[]> {
  return Promise.all(Array.from({ length: count }, (_, index) => call(index)));
}

/** An id such as those of the format v3. */
export function newId(): string {
  return randomBytes(24).toString('base64url');
}

/** For many calls at once, since how long they take on a busy machine is not tested. */
export function longDeadline(): { readonly deadline: number } {
  return { deadline: performance.now() + 50_000 };
}

/** In an hour. */
export function soon(): Date {
  return new Date(Date.now() + 3_600_000);
}

/** Waits for a call while the clock of this process stands still, so that what it keeps has this moment. */
export async function atMoment<R>(moment: number, call: () => Promise<R>): Promise<R> {
  const { now } = Date;
  Date.now = () => moment;
  try {
    return await call();
  } finally {
    Date.now = now;
  }
}
