import { type ConsumeOptions, type Issuance, REVOKED_COUNT } from '../tempid-store.js';
import type { StoredTables } from './stored-tables.js';
import { REVOCATIONS, USES } from './tables.js';

/** With three scopes for each id, a statement has no more parameters than every database takes. */
const MAX_IDS = 200;

/**
 * How many uses of each token are spent, by one statement for as many ids as one may have.
 *
 * @param issuances of tokens that a revocation of their scopes may end
 */
export async function usedOf(
  tables: StoredTables,
  ids: readonly string[],
  issuances: readonly (Issuance | undefined)[],
  options: ConsumeOptions,
): Promise<number[]> {
  const counts: number[] = [];
  for (let start = 0; start < ids.length; start += MAX_IDS) {
    const end = start + MAX_IDS;
    const some = await usedOfSome(
      tables,
      ids.slice(start, end),
      issuances.slice(start, end),
      options,
    );
    counts.push(...some);
  }
  return counts;
}

async function usedOfSome(
  tables: StoredTables,
  ids: readonly string[],
  issuances: readonly (Issuance | undefined)[],
  options: ConsumeOptions,
): Promise<number[]> {
  const scopes = [...new Set(issuances.flatMap((issuance) => issuance?.scopes ?? []))];
  const { rows } = await tables.run(
    (database) => database.usedOf(ids, scopes),
    options,
    scopes.length > 0 ? [USES, REVOCATIONS] : [USES],
  );
  const byId = new Map(rows.filter(({ count }) => count).map((row) => [row.id, row]));
  const revocations = new Map(rows.filter(({ count }) => !count).map((row) => [row.id, row]));
  const isEnded = (id: string, { at, scopes: own }: Issuance) =>
    own.some((scope) => {
      const revocation = revocations.get(scope);
      const until = Number(revocation?.issued_until ?? -Infinity);
      return until > at || (until === at && revocation?.except_id !== id);
    });
  return ids.map((id, index) => {
    const issuance = issuances[index];
    return issuance && isEnded(id, issuance) ? REVOKED_COUNT : Number(byId.get(id)?.count ?? 0);
  });
}
