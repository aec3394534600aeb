/** What was typed into a field, trimmed and without NUL, which databases refuse; empty for anything that is not text. */
export function typed(value: unknown): string {
  return typeof value === 'string' ? value.replaceAll('\0', '').trim() : '';
}

/** What is wrong with an address, or undefined. Whether it exists, only a mail can tell. */
export function problemOfEmail(email: string): string | undefined {
  return /^[^\s@]+@[^\s@]+$/.test(email) && email.length <= 200
    ? undefined
    : 'Enter a mail address, such as ada@example.com.';
}

/** What is wrong with the name of a person or a team, or undefined. */
export function problemOfName(name: string): string | undefined {
  if (name === '') return 'Enter a name.';
  return name.length > 60 ? 'Choose a name of at most 60 characters.' : undefined;
}
