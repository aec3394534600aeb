/** The line end that a text has: that of Windows where it is found once. */
export const lineEndOf = (text: string) => (text.includes('\r\n') ? '\r\n' : '\n');
