/** Secrets of tests; each is long enough. */
export const SECRET = 'a secret of the tests that is long enough';
export const OLD_SECRET = 'another secret of the tests that is long enough as well';
