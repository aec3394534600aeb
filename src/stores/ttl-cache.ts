interface Entry {
  readonly value: Uint8Array;
  readonly until: number;
}

/** Values that are kept for a moment in this process: as many of the newest as `limit` bytes hold. */
export class TtlCache {
  private readonly entries = new Map<string, Entry>();
  private bytes = 0;

  constructor(private readonly limit = 16 * 2 ** 20) {}

  set(id: string, value: Uint8Array, until: Date): void {
    this.delete(id);
    const now = Date.now();
    for (const [oldest, entry] of this.entries) {
      if (entry.until > now && this.bytes + sizeOf(id, value) <= this.limit) break;
      this.delete(oldest);
    }
    // A copy, since the caller's may be part of a larger buffer, which would be kept with it.
    this.entries.set(id, { value: Uint8Array.from(value), until: until.getTime() });
    this.bytes += sizeOf(id, value);
  }

  get(id: string): Uint8Array | null {
    const entry = this.entries.get(id);
    return entry && entry.until > Date.now() ? entry.value : null;
  }

  private delete(id: string): void {
    const entry = this.entries.get(id);
    if (!entry) return;
    this.entries.delete(id);
    this.bytes -= sizeOf(id, entry.value);
  }
}

/** What an entry takes of the limit: without the part for its own sake, many empty ones would take nothing. */
function sizeOf(id: string, value: Uint8Array): number {
  return 200 + id.length + value.length;
}
