import type { Browser } from 'playwright-core';

export function openChromium(program: string): Promise<Browser>;
