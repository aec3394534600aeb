import type { Locator, Page } from 'playwright-core';

/** Opens the link of the newest mail, as the person does who got it. */
export async function openMail(page: Page): Promise<void> {
  await newestLink(page).then((link) => link.click());
}

export async function linkInMail(page: Page): Promise<string> {
  const link = await newestLink(page);
  return (await link.getAttribute('href')) ?? '';
}

/** The code of the newest mail, as it is printed there. */
export async function codeInMail(page: Page): Promise<string> {
  const mail = await newestMail(page);
  return mail.getByText(/^\d{3} \d{3}$/).innerText();
}

async function newestLink(page: Page): Promise<Locator> {
  const mail = await newestMail(page);
  return mail.getByRole('link');
}

async function newestMail(page: Page): Promise<Locator> {
  await page.getByRole('navigation').getByRole('link', { name: 'Outbox' }).click();
  return page.getByRole('article').first();
}
