const MINUTE_MS = 60_000;

/** Values by id until a moment. A purge looks only at those of minutes that are over. */
export class ExpiringMap<V> {
  private readonly entries = new Map<string, { value: V; keepUntil: number }>();
  private readonly expiring = new Map<number, string[]>();

  get size(): number {
    return this.entries.size;
  }

  get(id: string): V | undefined {
    return this.entries.get(id)?.value;
  }

  /** Replaces the value of an id that is there, and leaves its moment as it is. */
  replace(id: string, value: V): void {
    const entry = this.entries.get(id);
    if (entry) entry.value = value;
  }

  /** Of an id that is there, the later moment counts. */
  set(id: string, value: V, keepUntil: Date): void {
    const moment = keepUntil.getTime();
    const entry = this.entries.get(id);
    if (entry) {
      entry.value = value;
      entry.keepUntil = Math.max(entry.keepUntil, moment);
    } else {
      this.entries.set(id, { value, keepUntil: moment });
      this.list(id, moment);
    }
  }

  /** Forgets at most `limit` ids whose minute is over, tells their values, and returns how many. */
  purge(now: Date, limit: number, onForgotten?: (value: V) => void): number {
    let purged = 0;
    for (const [minute, ids] of this.expiring) {
      if (minute * MINUTE_MS > now.getTime()) continue;
      while (purged < limit && ids.length > 0) {
        const value = this.forget(ids.pop(), minute);
        if (value === undefined) continue;
        purged++;
        onForgotten?.(value);
      }
      if (ids.length > 0) break;
      this.expiring.delete(minute);
    }
    return purged;
  }

  /** An id whose moment has become a later one goes to the list of that. */
  private forget(id: string | undefined, minute: number): V | undefined {
    const entry = id === undefined ? undefined : this.entries.get(id);
    if (id === undefined || !entry) return undefined;
    if (minuteAfter(entry.keepUntil) > minute) {
      this.list(id, entry.keepUntil);
      return undefined;
    }
    this.entries.delete(id);
    return entry.value;
  }

  private list(id: string, moment: number): void {
    const minute = minuteAfter(moment);
    const ids = this.expiring.get(minute);
    if (ids) ids.push(id);
    else this.expiring.set(minute, [id]);
  }
}

function minuteAfter(moment: number): number {
  return Math.ceil(moment / MINUTE_MS);
}
