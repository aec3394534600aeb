import { readFileSync } from 'node:fs';
import { expect } from '@jest/globals';
import type { Result } from 'axe-core';
import type { Page } from 'playwright-core';

/** The page is given it each time, and of what is written out in full the browser reads twice as much. */
const AXE = readFileSync('node_modules/axe-core/axe.min.js', 'utf8');

/** 320 is also what a window of 1280 is at a zoom of 400%. */
const LOOKS = [
  { colorScheme: 'light', width: 1280 },
  { colorScheme: 'dark', width: 1280 },
  { colorScheme: 'light', width: 320 },
] as const;

/** All rules of axe and the size of what is tapped, in light and dark, wide and narrow. */
export async function expectAccessible(page: Page): Promise<void> {
  const before = page.viewportSize();
  await page.evaluate(AXE);
  const problems: unknown[] = [];
  for (const { colorScheme, width } of LOOKS) {
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize({ width, height: 800 });
    const found = [...(await violationsOn(page)), ...(await scrollOf(page))];
    problems.push(...found.map((problem) => ({ colorScheme, width, ...problem })));
  }
  expect(problems).toEqual([]);

  await page.emulateMedia({ colorScheme: null });
  if (before) await page.setViewportSize(before);
}

async function violationsOn(page: Page): Promise<object[]> {
  const violations = await page.evaluate<Result[]>(
    `axe.run({ rules: { 'target-size': { enabled: true } }, resultTypes: ['violations'] })
      .then((results) => results.violations)`,
  );
  return violations.map(({ id, help, nodes }) => ({
    id,
    help,
    where: nodes.map(({ html }) => html),
  }));
}

async function scrollOf(page: Page): Promise<object[]> {
  const width = await page.evaluate<number>('document.documentElement.scrollWidth');
  const visible = await page.evaluate<number>('document.documentElement.clientWidth');
  return width > visible ? [{ id: 'scrolls-sideways', width, visible }] : [];
}
