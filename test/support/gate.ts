/** Holds a handler where a test wants it. */
export class Gate {
  private opened: Promise<void> = Promise.resolve();
  private arrived: Promise<void> = Promise.resolve();
  private passed: Promise<void> = Promise.resolve();
  private letThrough = () => {};
  private announceArrival = () => {};
  private announceDeparture = () => {};

  shut(): void {
    this.opened = new Promise((resolve) => (this.letThrough = resolve));
    this.arrived = new Promise((resolve) => (this.announceArrival = resolve));
    this.passed = new Promise((resolve) => (this.announceDeparture = resolve));
  }

  open(): void {
    this.letThrough();
  }

  /** Ends when the first handler has come to the gate. */
  arrival(): Promise<void> {
    return this.arrived;
  }

  /** Ends when the first handler has gone through it. */
  departure(): Promise<void> {
    return this.passed;
  }

  async pass(): Promise<void> {
    this.announceArrival();
    await this.opened;
    this.announceDeparture();
  }
}
