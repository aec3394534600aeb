const DAYS = 24 * 60;

/**
 * Every page of the sample, which `steps` reaches from the start by clicks. It gets a picture of this
 * name, and is checked for accessibility.
 */
export const PAGES = [
  { name: 'home', heading: 'Links that end by themselves', steps: async () => {} },
  { name: 'nowhere', heading: 'There is nothing here', steps: (page) => page.goto('/nowhere') },

  { name: 'outbox-empty', heading: 'Outbox', steps: (page) => goTo(page, 'Outbox') },
  {
    name: 'outbox',
    heading: 'Outbox',
    async steps(page) {
      await askForCode(page);
      await invite(page);
      await sendFile(page);
      await goTo(page, 'Outbox');
    },
  },

  {
    name: 'password-forgot',
    heading: 'Forgot your password?',
    steps: (page) => goTo(page, 'Password'),
  },
  {
    name: 'password-forgot-mistake',
    heading: 'Forgot your password?',
    async steps(page) {
      await goTo(page, 'Password');
      await page.getByLabel('Mail address').fill('ada');
      await sendMistake(page);
    },
  },
  { name: 'password-sent', heading: 'Look into your mail', steps: forget },
  { name: 'password-reset', heading: 'Choose a new password', steps: openResetLink },
  {
    name: 'password-reset-mistake',
    heading: 'Choose a new password',
    async steps(page) {
      await openResetLink(page);
      await page.getByLabel('New password').fill('short');
      await sendMistake(page);
    },
  },
  { name: 'password-changed', heading: 'Sign in', steps: changePassword },
  {
    name: 'password-dead-link',
    heading: 'This link no longer works',
    async steps(page) {
      await changePassword(page);
      await openNewestMail(page);
    },
  },
  {
    name: 'password-newer-mail',
    heading: 'A newer mail has the link',
    async steps(page) {
      await forget(page);
      await forget(page);
      await goTo(page, 'Outbox');
      await page.getByRole('article').nth(1).getByRole('link').click();
    },
  },
  {
    name: 'password-expired-link',
    heading: 'This link has expired',
    async steps(page, clock) {
      await forget(page);
      clock.passMinutes(16);
      await openNewestMail(page);
    },
  },
  { name: 'password-sign-in', heading: 'Sign in', steps: goToSignIn },
  {
    name: 'password-sign-in-mistake',
    heading: 'Sign in',
    async steps(page) {
      await goToSignIn(page);
      await page.getByLabel('Password').fill('difference engine');
      await sendMistake(page);
    },
  },
  {
    name: 'password-signed-in',
    heading: 'That is the right password',
    async steps(page) {
      await goToSignIn(page);
      await page.getByLabel('Password').fill('analytical engine');
      await send(page);
    },
  },

  {
    name: 'magic-login',
    heading: 'Sign in by a link',
    steps: (page) => goTo(page, 'Magic login'),
  },
  { name: 'magic-login-sent', heading: 'Look into your mail', steps: askForLink },
  { name: 'magic-login-step', heading: 'One more step', steps: openLinkWithButton },
  {
    name: 'magic-login-used',
    heading: 'This link was used already',
    async steps(page) {
      await openLinkWithButton(page);
      await send(page);
      await page.getByRole('status').waitFor();
      await openNewestMail(page);
    },
  },
  {
    name: 'magic-login-used-here',
    heading: 'You have used this link already',
    async steps(page, clock) {
      await signInByLink(page);
      // Within seconds it would be taken for the second click of a double click.
      clock.passMinutes(1);
      await openNewestMail(page);
    },
  },
  { name: 'signed-in', heading: 'You are signed in', steps: signInByLink },
  {
    name: 'signed-out',
    heading: 'You are not signed in',
    async steps(page) {
      await signInByLink(page);
      await page.getByRole('button', { name: 'Sign out', exact: true }).click();
    },
  },

  { name: 'code', heading: 'Sign in by a code', steps: (page) => goTo(page, 'Code') },
  { name: 'code-enter', heading: 'Enter the code', steps: askForCode },
  {
    name: 'code-wrong',
    heading: 'Enter the code',
    async steps(page) {
      await askForCode(page);
      const right = await readCode(page);
      await enterWrongCode(page, right);
      await page.locator('[aria-invalid]:focus').waitFor();
    },
  },
  {
    name: 'code-second',
    heading: 'Enter the code',
    async steps(page) {
      await askForCode(page);
      await enterWrongCode(page, await readCode(page));
      await page.locator('[aria-invalid]:focus').waitFor();
      await askForCode(page);
      await page.getByText('Wrong codes count for the address').waitFor();
    },
  },
  {
    name: 'code-over',
    heading: 'Too many wrong codes',
    async steps(page) {
      await askForCode(page);
      const right = await readCode(page);
      for (let left = 4; left > 0; left -= 1) {
        await enterWrongCode(page, right);
        await page.getByText(`${left} of 5 attempts left`).waitFor();
      }
      await enterWrongCode(page, right);
    },
  },
  {
    name: 'code-nowhere',
    heading: 'No code is waiting here',
    steps: (page) => page.goto('/code/enter'),
  },

  {
    name: 'scanner',
    heading: 'What a mail scanner does to this link',
    steps: (page) => goTo(page, 'Scanner'),
  },
  { name: 'scanner-looks', heading: 'The scanner was here', steps: scanLinks },
  { name: 'scanner-step', heading: 'Is somebody there?', steps: openScannedLink },
  {
    name: 'scanner-through',
    heading: 'You came through',
    async steps(page) {
      await openScannedLink(page);
      await send(page);
    },
  },
  {
    name: 'scanner-burnt',
    heading: 'Somebody was here before you',
    async steps(page) {
      await scanLinks(page);
      await page.getByRole('link', { name: 'Open this one, too' }).click();
    },
  },

  { name: 'invite', heading: 'Invite people', steps: (page) => goTo(page, 'Invite') },
  {
    name: 'invite-mistake',
    heading: 'Invite people',
    async steps(page) {
      await goTo(page, 'Invite');
      await page.getByLabel('Name of the team').fill('');
      await sendMistake(page);
    },
  },
  {
    name: 'invite-again',
    heading: 'Invite people',
    async steps(page) {
      await invite(page);
      await goTo(page, 'Invite');
      await page.getByRole('link', { name: 'Night Owls' }).waitFor();
    },
  },
  { name: 'invite-code', heading: 'Scan to join Night Owls', steps: inviteByCode },
  {
    name: 'invite-join',
    heading: 'Join Night Owls',
    async steps(page) {
      await invite(page);
      await join(page, 'grace@example.com');
      await openNewestMail(page);
    },
  },
  {
    name: 'invite-join-mistake',
    heading: 'Join Night Owls',
    async steps(page) {
      await invite(page);
      await openNewestMail(page);
      await sendMistake(page);
    },
  },
  {
    name: 'invite-joined',
    heading: 'Night Owls',
    async steps(page) {
      await invite(page);
      await join(page, 'grace@example.com');
    },
  },
  {
    name: 'invite-already',
    heading: 'You are in already',
    async steps(page, clock) {
      await invite(page);
      await join(page, 'grace@example.com');
      // Within seconds it would be taken for the second click of a double click.
      clock.passMinutes(1);
      await takePlace(page, 'grace@example.com');
    },
  },
  {
    name: 'invite-full',
    heading: 'This invite is full',
    async steps(page, clock) {
      await fill(page, clock);
      await openNewestMail(page);
    },
  },
  {
    name: 'invite-ended',
    heading: 'This invite was ended',
    async steps(page) {
      await invite(page);
      await page.getByRole('button', { name: 'End this invite' }).click();
      await page.getByText('The invite is ended.').waitFor();
      await openNewestMail(page);
    },
  },
  {
    name: 'invite-team',
    heading: 'Night Owls',
    async steps(page, clock) {
      await invite(page, 'Newsletter');
      await page.getByRole('button', { name: 'End this invite' }).click();
      await page.getByText('The invite is ended.').waitFor();
      clock.passMinutes(20);
      await fill(page, clock);
      clock.passMinutes(40);
      await inviteByCode(page);
      await page.getByRole('link', { name: 'Open it here' }).click();
      await page.getByLabel('Your mail address').fill('margaret@example.com');
      await send(page);
      await page.getByText('You are in.').waitFor();
      await page.getByRole('button', { name: 'Extend it' }).click();
      await page.getByText('5 of 6 places left').waitFor();
    },
  },
  {
    name: 'invite-expired-link',
    heading: 'This link has expired',
    async steps(page, clock) {
      await invite(page);
      clock.passMinutes(8 * DAYS);
      await openNewestMail(page);
    },
  },
  {
    name: 'invite-cut-link',
    heading: 'The link is incomplete',
    steps: (page) => page.goto('/invite/join'),
  },

  { name: 'download', heading: 'Send a file', steps: (page) => goTo(page, 'Download') },
  {
    name: 'download-mistake',
    heading: 'Send a file',
    async steps(page) {
      await goTo(page, 'Download');
      await page.getByLabel('Send it to').fill('reader');
      await sendMistake(page);
    },
  },
  {
    name: 'download-file',
    heading: 'Download tides.csv',
    async steps(page) {
      await sendFile(page);
      await openNewestMail(page);
      await download(page);
    },
  },
  {
    name: 'download-used-up',
    heading: 'All three downloads are used',
    async steps(page) {
      await sendFile(page);
      await openNewestMail(page);
      await download(page);
      await download(page);
      await download(page);
    },
  },
];

/** Goes from the start to the page; rejects where that ends on another. */
export async function visit(page, { heading, steps }, clock) {
  await page.goto('/');
  await steps(page, clock);
  await page.getByRole('heading', { level: 1, name: heading, exact: true }).waitFor();
}

const goTo = (page, section) =>
  page.getByRole('navigation').getByRole('link', { name: section, exact: true }).click();

const send = (page) => page.getByRole('main').getByRole('button').click();

/** And waits until the field that is wrong has the focus. */
async function sendMistake(page) {
  await send(page);
  await page.locator('[aria-invalid]:focus').waitFor();
}

async function goToSignIn(page) {
  await goTo(page, 'Password');
  await page.getByRole('link', { name: 'sign in', exact: true }).click();
}

async function openNewestMail(page) {
  await goTo(page, 'Outbox');
  await page.getByRole('article').first().getByRole('link').click();
}

async function forget(page) {
  await goTo(page, 'Password');
  await send(page);
  await page.getByRole('status').waitFor();
}

async function openResetLink(page) {
  await forget(page);
  await openNewestMail(page);
}

async function changePassword(page) {
  await openResetLink(page);
  await page.getByLabel('New password').fill('difference engine');
  await send(page);
  await page.getByRole('status').waitFor();
}

async function askForLink(page) {
  await goTo(page, 'Magic login');
  await send(page);
  await page.getByRole('status').waitFor();
}

async function signInByLink(page) {
  await askForLink(page);
  await openNewestMail(page);
  await page.getByRole('status').waitFor();
}

/** As a browser does that did not ask. */
async function openLinkWithButton(page) {
  await goTo(page, 'Magic login');
  await page.getByRole('checkbox').uncheck();
  await send(page);
  await page.getByRole('status').waitFor();
  await openNewestMail(page);
}

async function askForCode(page) {
  await goTo(page, 'Code');
  await send(page);
  await page.getByLabel('Code', { exact: true }).waitFor();
}

/** And goes back to where it is to be entered. */
async function readCode(page) {
  await goTo(page, 'Outbox');
  const mail = page.getByRole('article').first();
  const code = await mail.getByText(/^\d{3} \d{3}$/).innerText();
  await mail.getByRole('link').click();
  return code;
}

async function enterWrongCode(page, right) {
  const wrong = right.replaceAll(/\d/g, (digit) => `${9 - digit}`);
  await page.getByLabel('Code', { exact: true }).fill(wrong);
  await send(page);
}

async function scanLinks(page) {
  await goTo(page, 'Scanner');
  await send(page);
  await page.getByRole('status').waitFor();
}

async function openScannedLink(page) {
  await scanLinks(page);
  await page.getByRole('link', { name: 'Open this link', exact: true }).click();
}

async function invite(page, label = 'Friends') {
  await goTo(page, 'Invite');
  await page.getByLabel('What you call this invite').fill(label);
  await send(page);
  await page.getByRole('status').waitFor();
}

async function inviteByCode(page) {
  await goTo(page, 'Invite');
  await page.getByLabel('What you call this invite').fill('Poster in the hall');
  await page.getByLabel('As a QR code').check();
  await send(page);
  await page.getByRole('img', { name: 'QR code' }).waitFor();
}

async function takePlace(page, email) {
  await openNewestMail(page);
  await page.getByLabel('Your mail address').fill(email);
  await send(page);
}

async function join(page, email) {
  await takePlace(page, email);
  await page.getByRole('status').waitFor();
}

/** Takes all places of a new invite. */
async function fill(page, clock) {
  await invite(page);
  for (const name of ['grace', 'hedy', 'katherine']) {
    await join(page, `${name}@example.com`);
    clock.passMinutes(1);
  }
}

async function sendFile(page) {
  await goTo(page, 'Download');
  await send(page);
  await page.getByRole('article').first().waitFor();
}

/** And shows the new count. */
async function download(page) {
  await Promise.all([page.waitForEvent('download'), send(page)]);
  await page.reload();
}
