/** The last line that names an error, or else the last line: servers say goodbye after the error. */
export function complaintIn(text = '') {
  const lines = text.split('\n').filter((line) => line.trim() !== '' && !isGoodbye(line));
  return (lines.findLast((line) => /error|fatal|panic|failed/i.test(line)) ?? lines.at(-1))?.trim();
}

/** MariaDB's, which it calls an error too. */
const isGoodbye = (line) => line.endsWith('Aborting');
