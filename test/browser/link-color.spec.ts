import { Controller } from '@nestjs/common';
import { expect, it } from '@jest/globals';
import { TempIDLink } from '../../src/index.js';
import { expectAccessible } from './support/expect-accessible.js';
import { describeOnSites } from './support/sites.js';

@Controller()
class ColorController {
  @TempIDLink('green', { purpose: 'open', page: { color: '#0b6e4f', askAgain: '/ask' } })
  green(): void {}

  @TempIDLink('yellow', { purpose: 'open', page: { color: '#ffee00', askAgain: '/ask' } })
  yellow(): void {}

  @TempIDLink('grey', { purpose: 'open', page: { color: '#757575', askAgain: '/ask' } })
  grey(): void {}

  @TempIDLink('night', { purpose: 'open', page: { color: '#1d2127', askAgain: '/ask' } })
  night(): void {}

  @TempIDLink('each', {
    purpose: 'open',
    page: { color: { light: '#0b6b50', dark: '#6fd6b0' }, askAgain: '/ask' },
  })
  each(): void {}
}

describeOnSites('the colour of a page of a link in Chromium', [ColorController], (sites) => {
  it.each([
    ['green', 'rgb(11, 110, 79)', 'rgb(11, 110, 79)'],
    ['yellow', 'rgb(255, 238, 0)', 'rgb(255, 238, 0)'],
    ['grey', 'rgb(117, 117, 117)', 'rgb(117, 117, 117)'],
    ['night', 'rgb(29, 33, 39)', 'rgb(29, 33, 39)'],
    ['each', 'rgb(11, 107, 80)', 'rgb(111, 214, 176)'],
  ])('is that of its button, accessible in light and dark: %s', async (path, light, dark) => {
    const context = await sites().newBrowser();
    const page = await context.newPage();
    const complaints: string[] = [];
    page.on('console', (message) => {
      if (message.text().includes('Content Security Policy')) complaints.push(message.text());
    });
    const { tempid } = sites();
    const token = await tempid.mint({ purpose: 'open', maxUses: 1 });
    await page.goto(tempid.link(sites().url(`/${path}`), token));
    for (const [colorScheme, expected] of [
      ['light', light],
      ['dark', dark],
    ] as const) {
      await page.emulateMedia({ colorScheme });
      const color = await page.evaluate(
        `getComputedStyle(document.querySelector('button')).backgroundColor`,
      );
      expect(color).toBe(expected);
    }
    // What adds a script to look at a page would be against its policy.
    expect(complaints).toEqual([]);
    await expectAccessible(page);

    await page.goto(sites().url(`/${path}?token=garbage`));
    await page.getByRole('link', { name: 'Send me a new one' }).waitFor();
    await expectAccessible(page);
    await context.close();
  });
});
