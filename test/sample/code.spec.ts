import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  it,
  jest,
} from '@jest/globals';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { TempIDStoreUnavailableError } from 'nestjs-tempid';
import { Codes } from '../../sample/code/codes.service.js';
import { wrongCode } from '../codes/wrong-code.js';
import { MINUTE, setClock } from '../support/clock.js';
import { heading, start, usesLeft, type Visitor } from './visitor.js';

describe('the login by a code of the sample', () => {
  let app: NestExpressApplication;
  let stranger: Visitor;
  let people = 0;

  beforeAll(async () => {
    ({ app, visitor: stranger } = await start());
  });

  // It stands still, so that no window of attempts ends within a test.
  beforeEach(() => setClock(Date.now()));

  afterEach(() => {
    jest.restoreAllMocks();
  });

  afterAll(() => app.close());

  /** A new browser of a new person, who asks for a code. */
  const ask = async (email = `person-${++people}@example.com`) => {
    const visitor = stranger.another();
    const asked = await visitor.post('/code', { email });
    expect([asked.status, asked.location]).toEqual([303, '/code/enter']);
    return { visitor, email, code: await newestCode(visitor) };
  };
  const enter = (visitor: Visitor, code: string) => visitor.post('/code/enter', { code });

  it('a code signs in as it stands in the mail, typed with its space, and once', async () => {
    const { visitor, email, code } = await ask();
    const challenge = visitor.cookies.get('challenge') ?? '';
    const form = await visitor.get('/code/enter');
    expect([form.status, heading(form)]).toEqual([200, 'Enter the code']);
    expect(form.text).toContain('autocomplete="one-time-code"');
    expect(form.text).toContain('inputmode="numeric"');
    expect(form.text).not.toContain(challenge);

    expect(code).toMatch(/^\d{3} \d{3}$/);
    const entered = await enter(visitor, code);
    expect([entered.status, entered.location]).toEqual([303, '/session']);
    expect(visitor.cookies.has('challenge')).toBe(false);
    const session = await visitor.get('/session');
    expect(session.text).toContain(`Welcome, ${email}.`);
    expect(session.text).toContain('You came in by a code');

    const thief = visitor.another();
    thief.cookies.set('challenge', challenge);
    const again = await enter(thief, code.replace(' ', ''));
    expect([again.status, heading(again)]).toEqual([401, 'This code no longer works']);
  });

  it('wrong codes are counted down, and the right one gets in with the last attempt', async () => {
    const { visitor, code } = await ask();
    for (const left of ['4 of 5', '3 of 5', '2 of 5', '1 of 5']) {
      const refused = await enter(visitor, wrongCode(code));
      expect([refused.status, heading(refused), usesLeft(refused)]).toEqual([
        401,
        'Enter the code',
        left,
      ]);
      expect(refused.text).toMatch(/id="code-error" role="alert"/);
    }
    expect((await enter(visitor, code)).location).toBe('/session');
  });

  it('the right code is refused after five wrong ones, and the page says how to start again', async () => {
    const { visitor, code } = await ask();
    for (let attempt = 1; attempt <= 4; attempt++) await enter(visitor, wrongCode(code));
    const fifth = await enter(visitor, wrongCode(code));
    expect([fifth.status, heading(fifth)]).toEqual([401, 'Too many wrong codes']);
    expect(fifth.text).toContain('href="/code"');
    const looked = await visitor.get('/code/enter');
    expect([looked.status, heading(looked)]).toEqual([401, 'Too many wrong codes']);
    expect(heading(await enter(visitor, code))).toBe('Too many wrong codes');
  });

  it('one of twenty gets in who type the same code at once', async () => {
    const { visitor, code } = await ask();
    const typed = Array.from({ length: 20 }, (_, spaces) => code + ' '.repeat(spaces));
    const answers = await Promise.all(typed.map((each) => enter(visitor, each)));
    expect(answers.filter(({ status }) => status === 303)).toHaveLength(1);
  });

  it('whoever sends the form with the right code twice is signed in by the second answer, too', async () => {
    const { visitor, code } = await ask();
    const answers = await Promise.all([enter(visitor, code), enter(visitor, code)]);
    expect(answers.map(({ status, location }) => [status, location])).toEqual([
      [303, '/session'],
      [303, '/session'],
    ]);
    expect((await visitor.get('/session')).status).toBe(200);
  });

  it('an empty field uses no attempt', async () => {
    const { visitor } = await ask();
    const refused = await enter(visitor, '');
    expect([refused.status, heading(refused)]).toEqual([401, 'Enter the code']);
    expect(usesLeft(await enter(visitor, '000'))).toBe('4 of 5');
  });

  it('a code works only in the browser that asked', async () => {
    const { visitor, code } = await ask();
    const other = visitor.another();
    expect(heading(await other.get('/code/enter'))).toBe('No code is waiting here');
    expect(heading(await enter(other, code))).toBe('No code is waiting here');
    expect((await enter(visitor, code)).location).toBe('/session');
  });

  it('the page says of a code that its time is over', async () => {
    const { visitor, code } = await ask();
    setClock(Date.now() + 11 * MINUTE);
    expect(heading(await enter(visitor, code))).toBe('This code has expired');
    expect(heading(await visitor.get('/code/enter'))).toBe('No code is waiting here');
  });

  it('says of a second code, before it is typed, why it has fewer attempts', async () => {
    const why = 'Wrong codes count for the address';
    const first = await ask();
    const fresh = await first.visitor.get('/code/enter');
    expect([usesLeft(fresh), fresh.text.includes(why)]).toEqual(['5 of 5', false]);
    for (const left of ['4 of 5', '3 of 5']) {
      const refused = await enter(first.visitor, wrongCode(first.code));
      expect([usesLeft(refused), refused.text.includes(why)]).toEqual([left, false]);
    }

    const { visitor, code } = await ask(first.email);
    const second = await visitor.get('/code/enter');
    expect([second.status, usesLeft(second)]).toEqual([200, '3 of 5']);
    expect(second.text).toContain(why);
    const empty = await enter(visitor, '');
    expect([usesLeft(empty), empty.text.includes(why)]).toEqual(['3 of 5', true]);
    const refused = await enter(visitor, wrongCode(code));
    expect([usesLeft(refused), refused.text.includes(why)]).toEqual(['2 of 5', true]);
    expect((await enter(visitor, code)).location).toBe('/session');
  });

  it('answers by a page where the store breaks as it says why a code is wrong', async () => {
    const { visitor, code } = await ask();
    jest
      .spyOn(app.get(Codes), 'attemptsAt')
      .mockRejectedValue(new TempIDStoreUnavailableError('no connection'));
    const refused = await enter(visitor, wrongCode(code));
    expect([refused.status, heading(refused)]).toEqual([503, 'That did not work']);
  });

  it('wrong codes are counted for the address, however many are asked for, until ten minutes are over', async () => {
    const email = 'guessed@example.com';
    for (let count = 1; count <= 5; count++) {
      const { visitor, code } = await ask(email);
      await enter(visitor, wrongCode(code));
    }
    const mails = await stranger.links();
    const sixth = await ask(` ${email.toUpperCase()}`);
    expect(await stranger.links()).toEqual(mails);
    expect(heading(await sixth.visitor.get('/code/enter'))).toBe('Too many wrong codes');
    const somebodyElse = await ask();
    expect((await enter(somebodyElse.visitor, somebodyElse.code)).location).toBe('/session');

    setClock(Date.now() + 10 * MINUTE);
    const later = await ask(email);
    expect((await enter(later.visitor, later.code)).location).toBe('/session');
  });
});

async function newestCode(visitor: Visitor): Promise<string> {
  const { text } = await visitor.get('/outbox');
  return /<p class="code">([^<]+)</.exec(text)?.[1] ?? '';
}
