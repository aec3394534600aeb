/** A request as express-session, or what you have in its place, leaves it. */
export interface SessionRequest {
  session: { userId?: string; regenerate(done: (error: unknown) => void): unknown };
}

/** Stands for how you sign somebody in: in a new session, so that nobody who knew the id of the old one is signed in. */
export async function signIn(request: SessionRequest, userId: string | null): Promise<void> {
  if (userId === null) throw new Error('There is nobody to sign in.');
  await new Promise<void>((resolve, reject) => {
    request.session.regenerate((error) => (error ? reject(error as Error) : resolve()));
  });
  request.session.userId = userId;
}
