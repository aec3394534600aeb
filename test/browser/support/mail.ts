import type { Locator, Page } from 'playwright-core';

/** Opens the link of the newest mail, as the person does who got it. */
export async function openMail(page: Page): Promise<void> {
  await newestLink(page).then((link) => link.click());
}

export async function linkInMail(page: Page): Promise<string> {
  const link = await newestLink(page);
  return (await link.getAttribute('href')) ?? '';
}

async function newestLink(page: Page): Promise<Locator> {
  await page.getByRole('navigation').getByRole('link', { name: 'Outbox' }).click();
  return page.getByRole('article').first().getByRole('link');
}
