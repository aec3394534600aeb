import type { Page } from 'playwright-core';

/** The clock of the sample, not that of the browser. */
export interface SampleClock {
  passMinutes(minutes: number): void;
}

export interface SamplePage {
  readonly name: string;
  readonly heading: string;
  readonly steps: (page: Page, clock: SampleClock) => Promise<unknown>;
}

export const PAGES: readonly SamplePage[];

/** Goes from the start to the page; rejects where that ends on another. */
export function visit(page: Page, to: SamplePage, clock: SampleClock): Promise<void>;
