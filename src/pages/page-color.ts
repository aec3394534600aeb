import { TempIDConfigurationError } from '../common/errors.js';
import { assertKnown } from '../common/options.js';

/** `'#0b6e4f'`, or short `'#063'`. */
type HexColor = `#${string}`;

/** The colour of the button, in light and dark mode alike or in each. */
export type PageColor = HexColor | { readonly light: HexColor; readonly dark: HexColor };

export const BLUE = { light: '#1f5fbf', dark: '#8ab8ff' } as const;

/** What the button stands on. */
export const CARD = { light: '#ffffff', dark: '#1d2127' } as const;

/** Red, green and blue, each from 0 to 255. */
type Rgb = readonly [number, number, number];

const BLACK: Rgb = [0, 0, 0];
const WHITE: Rgb = [255, 255, 255];

/** What WCAG 2.2 asks of the edge of a button (1.4.11). */
const MIN_EDGE_CONTRAST = 3;

/** @throws {@link TempIDConfigurationError} for anything but hexadecimal colours */
export function parsePageColor(color: unknown, option: string): void {
  if (readHex(color)) return;
  if (typeof color !== 'object' || color === null || Array.isArray(color)) {
    throw new TempIDConfigurationError(
      `'${option}' must be ${EXAMPLES}, or { light, dark } with one for each mode.`,
    );
  }
  assertKnown(color, CARD, option);
  for (const mode of Object.keys(CARD)) {
    if (readHex(Reflect.get(color, mode))) continue;
    throw new TempIDConfigurationError(`'${option}.${mode}' must be ${EXAMPLES}.`);
  }
}

const EXAMPLES = `a hexadecimal colour, such as '#0b6e4f' or '#063'`;

/** The style that gives a page its colour. It is written from numbers: nothing of what was given stands in it. */
export function colorStyle(color: PageColor): string {
  const { light, dark } = typeof color === 'string' ? { light: color, dark: color } : color;
  return `
:root { ${variables(light, CARD.light)} }
@media (prefers-color-scheme: dark) { :root { ${variables(dark, CARD.dark)} } }`;
}

function variables(color: string, card: string): string {
  const main = readHex(color);
  if (!main) return '';
  // The better of the two has a contrast of at least 4.58 with any colour, and WCAG's level AA asks for 4.5.
  const text = contrast(main, WHITE) >= contrast(main, BLACK) ? '#ffffff' : '#000000';
  const hasEdge = contrast(main, readHex(card) ?? WHITE) >= MIN_EDGE_CONTRAST;
  const edge = hasEdge ? 'transparent' : 'var(--soft)';
  return `--main: rgb(${main.join(' ')}); --on-main: ${text}; --edge: ${edge};`;
}

/** null where it is none. */
function readHex(color: unknown): Rgb | null {
  if (typeof color !== 'string' || !/^#(?:[\da-f]{3}|[\da-f]{6})$/i.test(color)) return null;
  const digits = color.length === 4 ? color.replaceAll(/[^#]/g, '$&$&') : color;
  const channel = (start: number) => Number.parseInt(digits.slice(start, start + 2), 16);
  return [channel(1), channel(3), channel(5)];
}

/** From 1 to 21, by WCAG 2.2. */
function contrast(one: Rgb, other: Rgb): number {
  const [a, b] = [luminance(one), luminance(other)];
  return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
}

/** From 0 to 1, by WCAG 2.2. */
function luminance([red, green, blue]: Rgb): number {
  return 0.2126 * toLinear(red) + 0.7152 * toLinear(green) + 0.0722 * toLinear(blue);
}

function toLinear(channel: number): number {
  const share = channel / 255;
  return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
}
