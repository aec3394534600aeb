import {
  FILTERS,
  type IssuedFilter,
  type IssuedKey,
  type IssuedRow,
} from '../../ledger/tempid-ledger.js';
import type { Database } from './databases/database.js';
import type { Row, Statement } from './databases/statement.js';

const TEXTS = ['id', 'purpose', 'subject', 'audience', 'label', 'format', 'sealed'] as const;

/**
 * What the numbers are called where they are selected, as texts: a driver may be told to read other types its own way.
 * By these names rows must not be ordered.
 */
const NUMBERS = {
  issued: 'issued_at',
  begin_at: 'not_before',
  end_at: 'valid_until',
  uses: 'max_uses',
  kept_until: 'expires_at',
} as const;

type SelectedRow = Partial<Record<(typeof TEXTS)[number] | keyof typeof NUMBERS, string | null>>;

const COLUMNS = [...TEXTS, ...Object.values(NUMBERS)].join(', ');

export function insertRow(database: Database, row: IssuedRow): Statement {
  const { id, purpose, subject, audience, label, format, sealed } = row;
  const { issuedAt, notBefore, expiresAt, maxUses, keepUntil } = row;
  const texts = [id, purpose, subject, audience, label, format, sealed];
  const parameters = [...texts, issuedAt, notBefore, expiresAt, maxUses, keepUntil];
  const values = parameters.map((_, index) => `$${index + 1}`).join(', ');
  const sql = `INSERT INTO ${database.tables.issued} (${COLUMNS}) VALUES (${values})`;
  return database.statement(sql, parameters);
}

/** Changes one row, or none where its `sealed` is another one by now. */
export function updateRow(database: Database, row: IssuedRow, sealed: string): Statement {
  const { id, notBefore, expiresAt, maxUses, keepUntil } = row;
  const sql = `UPDATE ${database.tables.issued} SET not_before = $3, valid_until = $4, max_uses = $5,
    expires_at = $6, sealed = $7 WHERE id = $1 AND sealed = $2`;
  const parameters = [id, sealed, notBefore, expiresAt, maxUses, keepUntil, row.sealed];
  return database.statement(sql, parameters);
}

export function selectById(database: Database, id: string): Statement {
  return database.reading(`${selection(database)} WHERE id = $1`, [id]);
}

/** By an index on what the filter names, from the place in it that `after` is. */
export function selectPage(
  database: Database,
  filter: IssuedFilter,
  limit: number,
  after?: IssuedKey,
): Statement {
  const parameters: (string | number)[] = [limit];
  const parameter = (value: string | number) => `$${parameters.push(value)}`;
  const conditions = FILTERS.flatMap((name) => {
    const value = filter[name];
    return value === undefined ? [] : [`${name} = ${parameter(value)}`];
  });
  if (after) {
    const [moment, id] = [parameter(after.issuedAt), parameter(after.id)];
    // (issued_at, id) < (…) says the same, and MySQL finds no range in it.
    conditions.push(`issued_at <= ${moment} AND (issued_at < ${moment} OR id < ${id})`);
  }
  const where = conditions.length > 0 ? `WHERE ${conditions.join(' AND ')}` : '';
  const sql = `${selection(database)} ${where} ORDER BY issued_at DESC, id DESC LIMIT $1`;
  return database.reading(sql, parameters);
}

export function toIssuedRow(selected: Row): IssuedRow {
  const { issued, begin_at, end_at, uses, kept_until, ...texts } = selected as SelectedRow;
  return {
    id: texts.id ?? '',
    purpose: texts.purpose ?? null,
    subject: texts.subject ?? null,
    audience: texts.audience ?? null,
    label: texts.label ?? null,
    format: texts.format ?? '',
    sealed: texts.sealed ?? null,
    issuedAt: Number(issued),
    notBefore: typeof begin_at === 'string' ? Number(begin_at) : null,
    expiresAt: Number(end_at),
    maxUses: Number(uses),
    keepUntil: Number(kept_until),
  };
}

function selection(database: Database): string {
  const numbers = Object.entries(NUMBERS).map(
    ([name, column]) => `${database.asText(column)} AS ${name}`,
  );
  return `SELECT ${TEXTS.join(', ')}, ${numbers.join(', ')} FROM ${database.tables.issued}`;
}
