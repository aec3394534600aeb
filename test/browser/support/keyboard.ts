import { expect } from '@jest/globals';
import type { Locator, Page } from 'playwright-core';

const ENOUGH = 30;

/** Presses Tab until `target` has the focus; whatever has it on the way must show it. */
export async function tabTo(page: Page, target: Locator): Promise<void> {
  for (let presses = 0; presses < ENOUGH; presses += 1) {
    await page.keyboard.press('Tab');
    const { outlineStyle, outlineWidth } = await page.evaluate<CSSOutline>(
      'getComputedStyle(document.activeElement)',
    );
    expect([outlineStyle, parseFloat(outlineWidth) >= 2]).toEqual(['solid', true]);
    if (await hasFocus(target)) return;
  }
  throw new Error(`Tab does not come to ${target}.`);
}

export function hasFocus(target: Locator): Promise<boolean> {
  return target.evaluate((element) => element === element.ownerDocument.activeElement);
}

interface CSSOutline {
  readonly outlineStyle: string;
  readonly outlineWidth: string;
}
