import type { TempIDErrorCode } from '../common/errors.js';

/** What a page says. */
export interface LinkText {
  readonly title: string;
  readonly text: string;
}

/** Every text of the pages of links, for translation. */
export interface LinkTexts {
  /** BCP 47, such as `'de'`. */
  readonly lang: string;
  readonly dir: 'ltr' | 'rtl';
  /** The page that asks for the click. */
  readonly confirm: LinkText & { readonly button: string };
  /** The button of a page of a bad link, where `askAgain` says where it leads. */
  readonly askAgain: string;
  readonly incomplete: LinkText;
  readonly notValid: LinkText;
  readonly expired: LinkText;
  readonly notYetValid: LinkText;
  readonly notForThis: LinkText;
  readonly used: LinkText;
  readonly usedByYou: LinkText;
  readonly revoked: LinkText;
  readonly notFound: LinkText;
  readonly unavailable: LinkText;
}

export const ENGLISH: LinkTexts = {
  lang: 'en',
  dir: 'ltr',
  confirm: {
    title: 'One more step',
    text: 'Press the button to go on. Mail programs open links to check them, and only you can press a button.',
    button: 'Continue',
  },
  askAgain: 'Send me a new one',
  incomplete: {
    title: 'The link is incomplete',
    text: 'Its end is missing: some mail programs cut a long link. Copy the whole link from the mail.',
  },
  notValid: {
    title: 'This link is not valid',
    text: 'It was changed or cut on its way. Copy the whole link from the mail, or ask for a new one.',
  },
  expired: {
    title: 'This link has expired',
    text: 'It worked for a limited time, and the time is over. Ask for a new one.',
  },
  notYetValid: {
    title: 'This link does not work yet',
    text: 'Its time has not begun. Try again later.',
  },
  notForThis: {
    title: 'This link does not work here',
    text: 'It is meant for something else, or for the browser in which it was asked for. Open it there, or ask for a new one.',
  },
  used: {
    title: 'This link was used already',
    text: 'It works for a limited number of times, and they are over. If it was not you who used it, ask for a new one right away.',
  },
  usedByYou: {
    title: 'You have used this link already',
    text: 'It works once for each person, and you have had your turn.',
  },
  revoked: {
    title: 'This link was withdrawn',
    text: 'It no longer works. Ask for a new one.',
  },
  notFound: {
    title: 'This link is not known',
    text: 'It was removed, or its time has long been over. Ask for a new one.',
  },
  unavailable: {
    title: 'Links cannot be checked right now',
    text: 'Your link is still good. Open it again in a few seconds.',
  },
};

const TEXT_OF: Readonly<
  Partial<
    Record<TempIDErrorCode, Exclude<keyof LinkTexts, 'lang' | 'dir' | 'confirm' | 'askAgain'>>
  >
> = {
  TEMPID_MISSING: 'incomplete',
  TEMPID_EXPIRED: 'expired',
  TEMPID_NOT_YET_VALID: 'notYetValid',
  TEMPID_SCOPE: 'notForThis',
  TEMPID_EXHAUSTED: 'used',
  TEMPID_ALREADY_USED: 'usedByYou',
  TEMPID_REVOKED: 'revoked',
  TEMPID_NOT_FOUND: 'notFound',
  TEMPID_STORE_UNAVAILABLE: 'unavailable',
};

/** What the page of a bad link says. */
export function textOf(texts: LinkTexts, code: TempIDErrorCode): LinkText {
  return texts[TEXT_OF[code] ?? 'notValid'];
}
