import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { NestExpressApplication } from '@nestjs/platform-express';
import {
  ADA,
  FIRST_PASSWORD,
  type Answer,
  type Visitor,
  hiddenToken,
  heading,
  start,
} from './visitor.js';

describe('forgot password in the sample', () => {
  let app: NestExpressApplication;
  let visitor: Visitor;

  beforeAll(async () => {
    ({ app, visitor } = await start());
  });

  afterAll(() => app.close());

  it('the link of a mail changes the password, once, and the next address shows no token', async () => {
    await visitor.forgot();
    const link = await visitor.newestLink();
    const form = await visitor.get(link);
    expect([form.status, heading(form)]).toEqual([200, 'Choose a new password']);

    const token = hiddenToken(form);
    const changed = await visitor.post('/password/reset', {
      token,
      password: 'difference engine',
    });
    expect([changed.status, changed.location]).toEqual([303, '/password/sign-in?changed=yes']);
    expect((await visitor.get('/password/sign-in?changed=yes')).text).toContain('role="status"');

    expect((await visitor.signIn(FIRST_PASSWORD)).status).toBe(401);
    expect((await visitor.signIn('difference engine')).status).toBe(200);

    const again = await visitor.post('/password/reset', { token, password: 'another engine' });
    expect([again.status, heading(again)]).toEqual([401, 'This link no longer works']);
    expect((await visitor.get(link)).status).toBe(401);
    expect((await visitor.signIn('difference engine')).status).toBe(200);
  });

  it('only the newest of several mails works', async () => {
    await visitor.forgot();
    const [first = ''] = await visitor.links();
    expect((await visitor.get(first)).status).toBe(200);
    const form = await visitor.get(first);

    await visitor.forgot();
    const [second = ''] = await visitor.links();
    const ended = await visitor.get(first);
    expect([ended.status, heading(ended)]).toEqual([401, 'A newer mail has the link']);
    expect(ended.text).toContain('href="/password/forgot"');
    const late = await visitor.post('/password/reset', {
      token: hiddenToken(form),
      password: 'late to the ball',
    });
    expect(late.status).toBe(401);

    const changed = await visitor.post('/password/reset', {
      token: hiddenToken(await visitor.get(second)),
      password: 'punched cards',
    });
    expect(changed.status).toBe(303);
  });

  it('a password that is too short keeps the link alive, and the field says so', async () => {
    await visitor.forgot();
    const token = hiddenToken(await visitor.get(await visitor.newestLink()));
    const refused = await visitor.post('/password/reset', { token, password: 'short' });
    expect(refused.status).toBe(422);
    expect(refused.text).toMatch(/id="password-error" role="alert"/);
    expect(refused.text).toMatch(/aria-describedby="password-hint password-error"/);
    expect(refused.text).not.toContain('value="short"');

    const again = await visitor.post('/password/reset', {
      token: hiddenToken(refused),
      password: 'long enough now',
    });
    expect(again.status).toBe(303);
    expect((await visitor.signIn('long enough now')).status).toBe(200);
  });

  it('one of twenty who send the same link at once changes the password', async () => {
    await visitor.forgot();
    const token = hiddenToken(await visitor.get(await visitor.newestLink()));
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        visitor.post('/password/reset', { token, password: `password of ${index}` }),
      ),
    );
    expect(answers.filter(({ status }) => status === 303)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 401)).toHaveLength(19);
  });

  it('an address without an account is answered as one with an account, and nothing is sent', async () => {
    const before = await visitor.links();
    const unknown = await visitor.forgot('nobody@example.com');
    expect(await visitor.links()).toEqual(before);

    const known = await visitor.forgot();
    expect(await visitor.links()).toHaveLength(before.length + 1);
    expect(visible(unknown)).toEqual(visible(known));
  });

  it('a wrong password is answered as an address without an account', async () => {
    const wrong = await visitor.signIn('wrong');
    const unknown = await visitor.signIn('wrong', 'nobody@example.com');
    expect([wrong.status, unknown.status]).toEqual([401, 401]);
    expect(unknown.text.replace('nobody@example.com', ADA)).toBe(wrong.text);
  });
});

/** All that a visitor can tell one answer from another by, except the time of day. */
function visible({ status, text, headers }: Answer): unknown {
  return { status, text, headers: [...headers].filter(([name]) => name !== 'date') };
}
