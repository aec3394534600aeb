const COLUMNS = {
  store: ({ name }) => name,
  uses: ({ uses }) => `${uses}`,
  allowed: ({ allowed }) => `${allowed}`,
  refused: ({ refused }) => `${refused}`,
  lost: ({ lost }) => `${lost}`,
  'p50 ms': ({ p50 }) => p50.toFixed(1),
  'p99 ms': ({ p99 }) => p99.toFixed(1),
  seconds: ({ seconds }) => seconds.toFixed(1),
  verdict: ({ verdict }) => verdict.text,
};
const LEFT = new Set(['store', 'verdict']);

const MOST_REASONS = 3;

/** A table of all runs, and what there is to say of some. */
export function reportOf(results) {
  return [...tableOf(results), '', ...results.flatMap(remarksOf)].join('\n').trimEnd();
}

function tableOf(results) {
  const columns = Object.entries(COLUMNS).map(([title, cell]) => {
    const cells = [title, ...results.map(cell)];
    const width = Math.max(...cells.map(({ length }) => length));
    return cells.map((text) => (LEFT.has(title) ? text.padEnd(width) : text.padStart(width)));
  });
  return columns[0].map((_, row) =>
    columns
      .map((cells) => cells[row])
      .join('  ')
      .trimEnd(),
  );
}

function remarksOf({ name, note, reasons }) {
  const lost = reasons
    .slice(0, MOST_REASONS)
    .map(({ reason, count }) => `${count} were lost: ${reason}`);
  return [...(note ? [note] : []), ...lost].map((remark) => `${name}: ${remark}`);
}
