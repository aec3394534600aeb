import type { Page } from 'playwright-core';

/** What a mail scanner does to a link before its reader: asks for it, opens it, and opens what is there. */
export async function scan(scanner: Page, link: string): Promise<void> {
  const { request } = scanner.context();
  await request.head(link);
  await request.get(link);
  await scanner.goto(link);
  await scanner.reload();
  const links = await scanner.getByRole('link').all();
  for (const href of await Promise.all(links.map((each) => each.getAttribute('href')))) {
    await scanner.goto(href ?? '/');
  }
}
