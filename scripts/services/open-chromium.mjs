import { stripVTControlCharacters } from 'node:util';
import { chromium } from 'playwright-core';
import { complaintIn } from './system/complaint.mjs';
import { isRoot } from './system/programs.mjs';

/** Without a window. Playwright itself stops what a browser would ask of the network. */
export async function openChromium(program) {
  try {
    return await chromium.launch({
      executablePath: program,
      args: ['--disable-gpu', '--disable-quic'],
      // It refuses to run as root.
      chromiumSandbox: !isRoot(),
    });
  } catch (error) {
    throw new Error(complaintOf(error), { cause: error });
  }
}

/** One line of Playwright's many: what the browser itself complained of, or else the first. */
function complaintOf(error) {
  const message = stripVTControlCharacters(error.message);
  const saidByBrowser = [...message.matchAll(/\[err\] (.*)/g)].map(([, line]) => line);
  return complaintIn(saidByBrowser.join('\n')) ?? message.split('\n')[0];
}
