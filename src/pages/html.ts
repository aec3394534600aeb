/** HTML that needs no more escaping. */
class Html {
  constructor(private readonly text: string) {}

  toString(): string {
    return this.text;
  }
}

/** A template that escapes whatever is put into it, in text and in quoted attributes. */
export function html(
  strings: TemplateStringsArray,
  ...values: readonly (string | Html | readonly Html[] | false | null)[]
): Html {
  return new Html(String.raw({ raw: strings }, ...values.map(toHtml)));
}

/** HTML that is put into a template as it is. */
export function raw(text: string): Html {
  return new Html(text);
}

const ENTITIES: ReadonlyMap<string, string> = new Map([
  ['&', '&amp;'],
  ['<', '&lt;'],
  ['>', '&gt;'],
  ['"', '&quot;'],
  ["'", '&#39;'],
]);

function toHtml(value: string | Html | readonly Html[] | false | null): string {
  if (value === false || value === null) return '';
  if (typeof value !== 'string') return value instanceof Html ? value.toString() : value.join('');
  return value.replaceAll(/[&<>"']/g, (character) => ENTITIES.get(character) ?? '');
}
