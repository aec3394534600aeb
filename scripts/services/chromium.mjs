import { join } from 'node:path';
import { findProgram, homebrewPlaces } from './system/programs.mjs';

/** Or Chrome. No server: what is given to the tests is where the program is, and each opens its own. */
export const chromium = {
  title: 'Chromium',
  variable: 'CHROMIUM_PATH',
  // Depends on a package of fonts, by way of fontconfig.
  debianPackage: 'chromium',
  brewFormula: 'google-chrome',

  usualUrls: () => [],

  async check(program) {
    // Of all that asks for services, only this needs the browser's driver, which is large.
    const { openChromium } = await import('./open-chromium.mjs');
    const browser = await openChromium(program);
    await browser.close();
  },

  program: () =>
    findProgram(
      [
        'chromium',
        'chromium-browser',
        'google-chrome',
        'google-chrome-stable',
        'Google Chrome',
        'chrome.exe',
      ],
      places(),
    ),

  async start(program) {
    await chromium.check(program);
    return { how: 'installed', url: program, stop: async () => {} };
  },
};

const places = () => [
  '/usr/bin',
  '/snap/bin',
  ...homebrewPlaces('chromium'),
  ...applications('/Applications'),
  ...applications(join(process.env.HOME ?? '', 'Applications')),
  ...[process.env.ProgramFiles, process.env['ProgramFiles(x86)'], process.env.LOCALAPPDATA]
    .filter(Boolean)
    .map((parent) => join(parent, 'Google', 'Chrome', 'Application')),
];

const applications = (parent) =>
  ['Chromium', 'Google Chrome'].map((name) => join(parent, `${name}.app`, 'Contents', 'MacOS'));
