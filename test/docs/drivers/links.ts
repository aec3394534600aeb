import { expect, jest } from '@jest/globals';
import { Mailer } from '../../../docs/yours/mailer.js';
import { Browser, heading } from '../../links/browser.js';
import { MINUTE, setClock } from '../../support/clock.js';
import type { Running } from '../support/run.js';
import { mailedPath } from './mails.js';
import type { Questions } from './questions.js';

const ADA = 'ada@app.example';

/** Opens a link in a browser that has not asked for it, and presses the button. */
async function click(example: Running, path: string, browser = new Browser(example)) {
  return browser.press(path, await browser.open(path));
}

export const links: Readonly<Record<string, Questions>> = {
  'login.controller.ts': {
    'signs in by a click, once': async (example) => {
      await example.post('/login', { email: ADA });
      const path = mailedPath(example);
      expect(await click(example, path)).toMatchObject({ status: 303, location: '/home' });
      const again = await new Browser(example).open(path);
      expect(heading(again)).toBe('This link was used already');
    },
    'answers the same for an address that nobody has, and sends nothing': async (example) => {
      const { sent } = example.find(Mailer);
      const known = await example.post('/login', { email: ADA });
      const count = sent.length;
      expect(await example.post('/login', { email: 'eve@app.example' })).toEqual(known);
      expect(sent).toHaveLength(count);
    },
  },
  'browser-login.controller.ts': {
    'lets the browser that asked in at once, and shows others the page': async (example) => {
      const asker = new Browser(example);
      const form = await asker.open('/browser-login');
      const body = form.text.replace('name="email" required', `name="email" value="${ADA}"`);
      await asker.press('/browser-login', { ...form, text: body });
      const path = mailedPath(example);
      expect(heading(await new Browser(example).open(path))).toBe('One more step');
      expect(await asker.open(path)).toMatchObject({ status: 303, location: '/home' });
    },
  },
  'double-click.controller.ts': {
    'lets a second click through, for one use': async (example) => {
      const token = await example.tempid.mint({ purpose: 'magic-login', subject: '1', maxUses: 1 });
      const path = `/login/twice?token=${token.value}`;
      const browser = new Browser(example);
      const page = await browser.open(path);
      expect(await browser.press(path, page)).toMatchObject({ status: 303 });
      expect(await browser.press(path, page)).toMatchObject({ status: 303, location: '/home' });
      expect(await example.tempid.usesInfo(token)).toMatchObject({ used: 1, left: 0 });
    },
  },
  'app.module.ts': {
    'shows the name and the language that the options say': async (example) => {
      const token = await example.tempid.mint({ purpose: 'invite' });
      const path = `/join?token=${token.value}`;
      const german = await new Browser(example).open(path, { 'accept-language': 'de' });
      expect(heading(german)).toBe('Noch ein Schritt');
      expect(german.text).toContain('Acme Teams');
      const bad = await new Browser(example).open('/join?token=x');
      expect(bad.text).toContain('href="https://app.example/login"');
    },
  },
  'again.controller.ts': {
    'sends a new link to the address of one that has expired, and to no other': async (example) => {
      setClock(Date.now() - 60 * MINUTE);
      const options = { purpose: 'magic-login', expiresIn: '15m', subject: '1' } as const;
      const { value } = await example.tempid.mint(options);
      jest.mocked(Date.now).mockRestore();
      const answer = await click(example, `/login/open?token=${value}`);
      expect(answer.text).toBe('Look into your mail.');
      expect(example.find(Mailer).sent.at(-1)?.to).toBe(ADA);
      expect(await click(example, mailedPath(example))).toMatchObject({ status: 303 });
    },
    'sends nothing for a link that still works, or that is for something else': async (example) => {
      const { sent } = example.find(Mailer);
      const count = sent.length;
      for (const purpose of ['magic-login', 'other']) {
        const { value } = await example.tempid.mint({ purpose, subject: '1' });
        expect(await example.post('/login/again', { token: value })).toMatchObject({ status: 403 });
      }
      expect(sent).toHaveLength(count);
    },
  },
};
