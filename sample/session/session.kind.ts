import { defineTempID } from 'nestjs-tempid';

/** How somebody signed in. */
export interface SignIn {
  readonly by: 'a link' | 'a code';
}

/** Keeps its subject signed in. */
export const Session = defineTempID<SignIn>({ purpose: 'session', expiresIn: '1h' });
