import type { Page } from 'playwright-core';

/** Opens a page, by the name of this server, that has its browser fetch a link ahead of a click on "Prefetched". */
export async function prefetch(
  page: Page,
  link: string,
): Promise<{ purpose: string | undefined; status: number }> {
  await page.route('**/prefetching', (route) =>
    route.fulfill({
      contentType: 'text/html',
      body: `<title>Mail</title><link rel="prefetch" href="${link}"><a href="${link}">Prefetched</a>`,
    }),
  );
  const [response] = await Promise.all([
    page.waitForResponse((each) => each.url().endsWith(link)),
    page.goto('/prefetching'),
  ]);
  const { 'sec-purpose': purpose } = await response.request().allHeaders();
  return { purpose, status: response.status() };
}
