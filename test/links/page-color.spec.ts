import { Controller } from '@nestjs/common';
import { afterEach, describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { type LinkPageOptions, TempIDConfigurationError, TempIDLink } from '../../src/index.js';
import { resolveOptions } from '../../src/config/options.js';
import { colorStyle, parsePageColor } from '../../src/pages/page-color.js';
import { PLATFORMS, type RunningApp, startApp } from '../support/http.js';
import { Browser } from './browser.js';

@Controller()
class ColorController {
  @TempIDLink('open', { purpose: 'open', page: { askAgain: '/login' } })
  open(): string {
    return 'ran';
  }

  @TempIDLink('violet', { purpose: 'open', page: { color: { light: '#639', dark: '#BB99DD' } } })
  violet(): string {
    return 'ran';
  }

  @TempIDLink('failing', {
    purpose: 'open',
    page: {
      texts: () => {
        throw new Error('no such language');
      },
    },
  })
  failing(): string {
    return 'ran';
  }
}

/** What a style says of the button in each mode. */
function buttonIn(style: string) {
  const rule = /--main: rgb\((\d+ \d+ \d+)\); --on-main: (#\w+); --edge: ([\w()-]+);/g;
  const [light, dark] = [...style.matchAll(rule)].map(([, main, text, edge]) => ({
    main,
    text,
    edge,
  }));
  return { light, dark };
}

describe.each(PLATFORMS)('the colour of a page of a link on %s', (platform) => {
  let running: RunningApp;

  afterEach(() => running.app.close());

  const start = async (linkPage: LinkPageOptions) => {
    running = await startApp(platform, [ColorController], { linkPage });
    const browser = new Browser(running);
    const token = await running.tempid.mint({ purpose: 'open', maxUses: 1 });
    return { open: (path: string) => browser.open(running.tempid.link(path, token)), browser };
  };

  it('is that of the application, in light and dark mode, and nothing else of the style changes', async () => {
    const { open } = await start({ color: '#0b6e4f' });
    const green = { main: '11 110 79', text: '#ffffff' };
    const page = await open('/open');
    expect(buttonIn(page.text)).toEqual({
      light: { ...green, edge: 'transparent' },
      // On a dark card one would not see where this button ends.
      dark: { ...green, edge: 'var(--soft)' },
    });
    await running.app.close();
    const plain = await (await start({})).open('/open');
    const rest = (text: string) =>
      text.replaceAll(/--main: .*?;.*?;.*?;/g, '').replaceAll(/(nonce|value)="[^"]*"/g, '');
    expect(rest(page.text)).toBe(rest(plain.text));
  });

  it('is that of one link, and of each mode, where these are named', async () => {
    const { open } = await start({ color: '#0b6e4f' });
    expect(buttonIn((await open('/violet')).text)).toEqual({
      light: { main: '102 51 153', text: '#ffffff', edge: 'transparent' },
      dark: { main: '187 153 221', text: '#000000', edge: 'transparent' },
    });
  });

  it('is under the policy that the page has without it', async () => {
    const { open, browser } = await start({ color: '#ffee00' });
    for (const { text, headers } of [
      await open('/open'),
      await browser.open('/open?token=garbage'),
    ]) {
      const nonce = /<style nonce="([\w-]+)">/.exec(text)?.[1] ?? 'none';
      expect(headers.get('content-security-policy')).toBe(
        `default-src 'none'; style-src 'nonce-${nonce}'; img-src 'self'; form-action 'self'; ` +
          `base-uri 'none'; frame-ancestors 'none'`,
      );
      expect(text.match(/<style/g)).toHaveLength(1);
      expect(buttonIn(text).light).toMatchObject({ main: '255 238 0', text: '#000000' });
    }
  });

  it('stays where a function of the application fails', async () => {
    const { open } = await start({ color: '#0b6e4f' });
    expect(buttonIn((await open('/failing')).text).light).toMatchObject({ main: '11 110 79' });
  });
});

describe('what is on the button', () => {
  const hex = fc
    .integer({ min: 0, max: 0xffffff })
    .map((color) => `#${color.toString(16).padStart(6, '0')}` as const);

  it('has a contrast of 4.5 at least with any colour, in each mode', () => {
    fc.assert(
      fc.property(hex, hex, (light, dark) => {
        const button = buttonIn(colorStyle({ light, dark }));
        for (const { main = '', text = '' } of [button.light ?? {}, button.dark ?? {}]) {
          const channels = main.split(' ').map(Number);
          expect(contrast(channels, text === '#ffffff' ? 255 : 0)).toBeGreaterThanOrEqual(4.5);
        }
      }),
      { numRuns: 2_000 },
    );
  });

  it.each([
    ['#000000', '#ffffff'],
    ['#ffffff', '#000000'],
    // The grey on which black and white are nearly as good.
    ['#757575', '#ffffff'],
    ['#767676', '#000000'],
    ['#ff0000', '#000000'],
    ['#0000ff', '#ffffff'],
  ] as const)('is, on %s, %s', (color, text) => {
    expect(buttonIn(colorStyle(color)).light).toMatchObject({ text });
  });

  it.each([
    ['#ffffff', 'var(--soft)', 'transparent'],
    ['#000000', 'transparent', 'var(--soft)'],
    ['#808080', 'transparent', 'transparent'],
  ] as const)(
    'is, where the button is %s, an edge where one would not see it',
    (color, ...edges) => {
      const { light, dark } = buttonIn(colorStyle(color));
      expect([light?.edge, dark?.edge]).toEqual(edges);
    },
  );
});

describe('linkPage.color', () => {
  const HEX = `must be a hexadecimal colour, such as '#0b6e4f' or '#063'`;

  it.each(['#063', '#0B6e4F', { light: '#063', dark: '#fff' }])('can be %j', (color) => {
    expect(parsePageColor(color, 'color')).toBeUndefined();
  });

  it.each([
    '',
    '#',
    '#0',
    '#06',
    '#0636',
    '#0b6e4',
    '#0b6e4f0',
    '#0b6e4fff',
    '#gggggg',
    '0b6e4f',
    ' #0b6e4f',
    '#0b6e4f ',
    '#0b6e4f\n',
    '\n#063',
    '#٠٦٣',
    '#０６３',
    'green',
    'rgb(1 2 3)',
    'red; } body { display: none',
    '#063; background: url(//evil.example)',
    'var(--ink)',
    '</style><script>alert(1)</script>',
    '#063</style>',
    '#063}*{color:red',
    '#063/*',
    '#06\\33',
    'url(javascript:alert(1))',
    'expression(alert(1))',
    '@import "//evil.example"',
    'inherit',
    0x0b6e4f,
    true,
    null,
    ['#063'],
    () => '#063',
    new String('#063'),
  ])('cannot be %j', (color) => {
    const linkPage = { color: color as never };
    expect(() => resolveOptions({ linkPage })).toThrow(TempIDConfigurationError);
    expect(() => TempIDLink('open', { page: linkPage })).toThrow(TempIDConfigurationError);
  });

  it.each([
    ['green', `'linkPage.color' ${HEX}, or { light, dark } with one for each mode.`],
    [['#063', '#fff'], `'linkPage.color' ${HEX}, or { light, dark }`],
    [{ light: '#063' }, `'linkPage.color.dark' ${HEX}.`],
    [{ light: 'green', dark: '#fff' }, `'linkPage.color.light' ${HEX}.`],
    [{ light: '#063', dim: '#fff' }, `linkPage.color has no option 'dim'.`],
  ])('says of %j what it must be', (color, message) => {
    const linkPage = { color: color as never };
    expect(() => resolveOptions({ linkPage })).toThrow(message);
  });

  it('leaves nothing in the style of what is no colour, whatever is given later', () => {
    const style = colorStyle({ light: '</style><script>', dark: '#063;}' } as never);
    expect(style).not.toMatch(/script|063/);
  });
});

/** By the formula of WCAG 2.2, with a grey of this lightness. */
function contrast(channels: readonly number[], grey: number): number {
  const linear = (channel: number) =>
    channel <= 10.31475 ? channel / 255 / 12.92 : ((channel / 255 + 0.055) / 1.055) ** 2.4;
  const [red = 0, green = 0, blue = 0] = channels.map(linear);
  const lights = [0.2126 * red + 0.7152 * green + 0.0722 * blue, linear(grey)];
  return (Math.max(...lights) + 0.05) / (Math.min(...lights) + 0.05);
}
