import { expect } from '@jest/globals';
import type { Questions } from './questions.js';

/** The first screen, as somebody tries it who has pasted it. */
export const readme: Readonly<Record<string, Questions>> = {
  'src/app.module.ts': {
    'shows a page with a button, lets three clicks in, and refuses the fourth': async ({ url }) => {
      const link = await (await fetch(`${url}/invite`)).text();
      expect(link).toMatch(/^http:\/\/localhost:3000\/join\?token=TEMP-V3\./);
      const here = link.replace('http://localhost:3000', url);

      const page = await fetch(here, { headers: { accept: 'text/html' } });
      expect(page.status).toBe(200);
      expect(await page.text()).toContain('Continue</button>');

      const answers: string[] = [];
      for (let click = 0; click < 4; click++) {
        answers.push(await (await fetch(here, { method: 'POST' })).text());
      }
      expect(answers.slice(0, 3)).toEqual(Array(3).fill('Welcome to Night Owls!'));
      expect(JSON.parse(answers[3] ?? '')).toMatchObject({ code: 'TEMPID_EXHAUSTED' });
    },
  },
};
