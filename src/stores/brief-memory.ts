/** Values that are kept for a moment in this process, the newest 10,000 of them. */
export class BriefMemory {
  private readonly entries = new Map<
    string,
    { readonly value: Uint8Array; readonly until: number }
  >();

  constructor(private readonly limit = 10_000) {}

  set(id: string, value: Uint8Array, until: Date): void {
    const now = Date.now();
    for (const [oldest, entry] of this.entries) {
      if (entry.until > now && this.entries.size < this.limit) break;
      this.entries.delete(oldest);
    }
    this.entries.set(id, { value, until: until.getTime() });
  }

  get(id: string): Uint8Array | null {
    const entry = this.entries.get(id);
    return entry && entry.until > Date.now() ? entry.value : null;
  }
}
