import { mkdir, rm, writeFile } from 'node:fs/promises';
import { PAGES, visit } from './screenshots/pages.mjs';
import { sameEveryTime } from './screenshots/same-every-time.mjs';
import { smallerPng } from './screenshots/smaller-png.mjs';
import { startServices } from './services/index.mjs';
import { openChromium } from './services/open-chromium.mjs';

const DIRECTORY = new URL('../docs/images/', import.meta.url);
const DESKTOP = { viewport: { width: 1000, height: 640 } };
const DARK = { ...DESKTOP, colorScheme: 'dark' };
const PHONE = { viewport: { width: 390, height: 640 }, isMobile: true, hasTouch: true };
/** The start is long: its pictures end below the fourth ticket. */
const TOP_OF_START = { x: 0, y: 0, width: 1000, height: 1264 };

const ALSO_DARK = new Set(['home', 'magic-login-step', 'invite-code']);
const ALSO_ON_A_PHONE = new Set(['invite-join', 'invite-team', 'magic-login-step', 'code-enter']);

/** Of every page one, and of some another. */
const PICTURES = PAGES.flatMap((page) => [
  { file: page.name, page, look: DESKTOP },
  ...(ALSO_DARK.has(page.name) ? [{ file: `${page.name}-dark`, page, look: DARK }] : []),
  ...(ALSO_ON_A_PHONE.has(page.name) ? [{ file: `${page.name}-phone`, page, look: PHONE }] : []),
]);

const { chromium } = await startServices(['chromium']);
if (chromium.missing) {
  console.error(chromium.missing);
  process.exit(1);
}
const clock = sameEveryTime();
const { createApp } = await import('../sample/dist/create-app.js');

await rm(DIRECTORY, { recursive: true, force: true });
await mkdir(DIRECTORY, { recursive: true });
const browser = await openChromium(chromium.url);
try {
  for (const picture of PICTURES) {
    const png = smallerPng(await take(picture));
    await writeFile(new URL(`${picture.file}.png`, DIRECTORY), png);
    console.log(`${picture.file}.png ${(png.length / 1024).toFixed(0)} KiB`);
  }
} finally {
  await browser.close();
}

async function startSample() {
  const publicUrl = 'https://owls.example';
  const app = await createApp({ sqliteFile: ':memory:', linksOutliveRestart: true, publicUrl });
  app.use(clock.translateCookies);
  return app.listen(0, '127.0.0.1').then(() => app);
}

/** Of a sample that nobody has used. */
async function take({ page: to, look }) {
  const app = await clock.from(startSample);
  const context = await browser.newContext({ baseURL: await app.getUrl(), ...look });
  try {
    const page = await context.newPage();
    await visit(page, to, clock);
    return await page.screenshot({
      fullPage: true,
      animations: 'disabled',
      ...(to.name === 'home' && { clip: TOP_OF_START }),
    });
  } finally {
    await context.close();
    await app.close();
  }
}
