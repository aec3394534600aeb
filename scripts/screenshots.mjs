import { mkdir, rm, writeFile } from 'node:fs/promises';
import { PAGES, visit } from './screenshots/pages.mjs';
import { sameEveryTime } from './screenshots/same-every-time.mjs';
import { smallerPng } from './screenshots/smaller-png.mjs';
import { startServices } from './services/index.mjs';
import { openChromium } from './services/open-chromium.mjs';

const DIRECTORY = new URL('../docs/images/', import.meta.url);
const DESKTOP = { viewport: { width: 1000, height: 640 } };
const PHONE = { viewport: { width: 390, height: 640 }, isMobile: true, hasTouch: true };

/** Of every page one, and of some another. */
const PICTURES = PAGES.flatMap((page) => {
  const pictures = [{ file: page.name, page, look: DESKTOP }];
  if (page.name === 'home') {
    pictures.push({ file: 'home-dark', page, look: { ...DESKTOP, colorScheme: 'dark' } });
  }
  if (page.name === 'invite-join') {
    pictures.push({ file: 'invite-join-phone', page, look: PHONE });
  }
  return pictures;
});

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
  const app = await createApp({ sqliteFile: ':memory:', linksOutliveRestart: true });
  return app.listen(0, '127.0.0.1').then(() => app);
}

/** Of a sample that nobody has used. */
async function take({ page: to, look }) {
  const app = await clock.from(startSample);
  const context = await browser.newContext({ baseURL: await app.getUrl(), ...look });
  try {
    const page = await context.newPage();
    await visit(page, to, clock);
    return await page.screenshot({ fullPage: true, animations: 'disabled' });
  } finally {
    await context.close();
    await app.close();
  }
}
