import { readFile } from 'node:fs/promises';
import { expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { TIDES } from '../../sample/download/tides.js';
import { describeInBrowser, expectHeading, PHONE } from './support/in-browser.js';
import { linkInMail, openMail } from './support/mail.js';
import { scan } from './support/scanner.js';

describeInBrowser('a download in a browser', ({ open }) => {
  it('a download link gives the file three times, counts them down, and is then used up', async () => {
    const page = await open();
    await sendFile(page);
    await openMail(page);
    expect(await left(page)).toBe('3 of 3 downloads left');
    expect(await download(page)).toEqual([TIDES.name, TIDES.content]);
    expect(await left(page)).toBe('2 of 3 downloads left');
    expect(await download(page)).toEqual([TIDES.name, TIDES.content]);
    expect(await left(page)).toBe('1 of 3 downloads left');

    const stillOpen = await open();
    await openMail(stillOpen);
    expect(await download(page)).toEqual([TIDES.name, TIDES.content]);
    await expectHeading(page, 'All three downloads are used');
    await stillOpen.getByRole('button', { name: 'Download tides.csv' }).click();
    await expectHeading(stillOpen, 'All three downloads are used');
  });

  it('a download link keeps all its downloads when a scanner opens it first', async () => {
    const page = await open();
    await sendFile(page);
    await scan(await open(), await linkInMail(page));
    await openMail(page);
    expect(await left(page)).toBe('3 of 3 downloads left');
    expect(await download(page)).toEqual([TIDES.name, TIDES.content]);
  });

  it('a file is downloaded by taps on a phone', async () => {
    const page = await open(PHONE);
    await page.getByRole('link', { name: 'Send a file' }).tap();
    await page.getByRole('button', { name: 'Send the link' }).tap();
    await page.getByRole('article').getByRole('link').tap();
    expect(await download(page)).toEqual([TIDES.name, TIDES.content]);
    expect(await left(page)).toBe('2 of 3 downloads left');
  });
});

async function sendFile(page: Page): Promise<void> {
  await page.getByRole('link', { name: 'Send a file' }).click();
  await page.getByRole('button', { name: 'Send the link' }).click();
  await expectHeading(page, 'Outbox');
}

/** Gives the name and the content of the file, and leaves the page with its new count. */
async function download(page: Page): Promise<[string, string]> {
  const [file] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'Download tides.csv' }).click(),
  ]);
  const content = await readFile(await file.path(), 'utf8');
  await page.reload();
  return [file.suggestedFilename(), content];
}

const left = (page: Page) => page.getByText(/of 3 downloads left/).innerText();
