import type { Locator } from 'playwright-core';
import { Gate } from '../../support/gate.js';

/**
 * Clicks a second time while the server still works on the first: `method` of `service` is held for the
 * first until the function is called that this gives, which ends when the first is done.
 */
export async function clickTwice<Name extends string>(
  button: Locator,
  service: Record<Name, (...args: never[]) => Promise<unknown>>,
  method: Name,
): Promise<() => Promise<unknown>> {
  const gate = new Gate();
  gate.shut();
  const original = service[method].bind(service);
  let first: Promise<unknown> | undefined;
  service[method] = (...args) => {
    if (first) return original(...args);
    return (first = gate.pass().then(() => original(...args)));
  };

  // A click on the locator would wait for the answer to the first.
  const { mouse } = button.page();
  const { x, y } = await middleOf(button);
  await mouse.click(x, y);
  await gate.arrival();
  await mouse.down({ clickCount: 2 });
  await mouse.up({ clickCount: 2 });
  return () => {
    gate.open();
    return first ?? Promise.resolve();
  };
}

async function middleOf(button: Locator): Promise<{ x: number; y: number }> {
  await button.scrollIntoViewIfNeeded();
  const box = await button.boundingBox();
  if (!box) throw new Error('The button is not to be seen.');
  return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
}
