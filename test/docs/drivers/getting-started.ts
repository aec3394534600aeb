import { expect, jest } from '@jest/globals';
import { Mailer } from '../../../docs/yours/mailer.js';
import { Users } from '../../../docs/yours/users.js';
import type { Running } from '../support/run.js';
import type { Questions } from './questions.js';

const EMAIL = 'ann@example.com';
const LONG = 'correct horse battery';

const post = (url: string, body: Record<string, string>) =>
  fetch(url, { method: 'POST', body: new URLSearchParams(body) });

/** Asks for a link, and gives the token of the mail. */
async function askFor(example: Running): Promise<string> {
  const mails = jest.spyOn(example.find<Mailer>(Mailer), 'send');
  mails.mockClear();
  await post(`${example.url}/account/forgot`, { email: EMAIL });
  while (mails.mock.calls.length === 0) await new Promise((resolve) => setImmediate(resolve));
  const [to, text = ''] = mails.mock.calls[0] ?? [];
  expect(to).toBe(EMAIL);
  return new URL(text.slice(text.indexOf('http'))).searchParams.get('token') ?? '';
}

/** The password reset, on an application whose pipe forbids each property that no DTO names. */
export const gettingStarted: Readonly<Record<string, Questions>> = {
  'src/app.module.ts': {
    'keeps the use of a link where the new password is too short': async (example) => {
      const token = await askFor(example);
      const refused = await post(`${example.url}/account/reset`, { token, password: 'short' });
      expect(refused.status).toBe(400);
      const problem = 'password must be longer than or equal to 12 characters';
      expect(await refused.json()).toMatchObject({ message: [problem] });

      const changed = await post(`${example.url}/account/reset`, { token, password: LONG });
      expect(changed.status).toBe(200);
      expect(await changed.json()).toEqual({ message: 'The password is changed.' });
      const user = await example.find<Users>(Users).findByEmail(EMAIL);
      expect(user?.passwordHash).toMatch(/^[0-9a-f]{32}:[0-9a-f]{64}$/);
    },
    'changes the password by a link once': async (example) => {
      const token = await askFor(example);
      const reset = () => post(`${example.url}/account/reset`, { token, password: LONG });
      expect((await reset()).status).toBe(200);
      const again = await reset();
      expect(again.status).toBe(401);
      expect(await again.json()).toMatchObject({ code: 'TEMPID_EXHAUSTED' });
    },
    'spends nothing where a link is opened, and shows the form': async (example) => {
      const token = await askFor(example);
      const address = `${example.url}/account/reset?token=${token}`;
      for (let look = 0; look < 3; look++) {
        const page = await fetch(address);
        expect(page.headers.get('referrer-policy')).toBe('no-referrer');
        expect(await page.text()).toContain(`name="token" value="${token}"`);
      }
      const changed = await post(`${example.url}/account/reset`, { token, password: LONG });
      expect(changed.status).toBe(200);
      expect((await fetch(address)).status).toBe(401);
    },
    'answers the same whether or not there is an account': async ({ url }) => {
      const answers = await Promise.all(
        [EMAIL, 'nobody@example.com'].map((email) => post(`${url}/account/forgot`, { email })),
      );
      expect(answers.map(({ status }) => status)).toEqual([202, 202]);
      const [one, other] = await Promise.all(answers.map((answer) => answer.json()));
      expect(one).toEqual(other);
    },
  },
};
