import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { allSettled } from '../services/system/wait.mjs';
import { followJournal } from './journal.mjs';
import { startWorker } from './start-worker.mjs';

/** Several processes that use the same tokens in the same store. */
export class Crew {
  tokens = [];
  #people;
  #workers = [];
  #journals = [];
  #settings;

  /** @param settings `connection`, `storeTimeout`, `by`, `dir` for the journals, `defer` for what ends them */
  constructor(settings) {
    this.#settings = { ...settings, secret: randomBytes(32).toString('base64url') };
  }

  /** Those that run. */
  get workers() {
    return this.#workers.filter(({ isKilled }) => !isKilled);
  }

  /**
   * Starts the processes, mints tokens of these limits, and has all of them connected and warm.
   *
   * @param people how many use each token by their names
   */
  async start(processes, limits, people) {
    this.#people = people;
    // The first makes the table, which several at once could not.
    const first = await this.#open({ synchronize: true });
    this.tokens = await first.ask('mint', limits);
    await allSettled(Array.from({ length: processes - 1 }, () => this.#open()));
    for (const worker of this.workers) {
      await this.#give(worker);
      // One after the other, as nothing is to be lost before it begins.
      await worker.ask('warmUp');
    }
  }

  /** One more, in mid-run. */
  async join() {
    const worker = await this.#open();
    await this.#give(worker);
    return worker;
  }

  async killOne() {
    await this.workers[0].kill();
  }

  /** How many uses of each token are spent, as the store says. */
  count() {
    return this.workers[0].ask('count');
  }

  /** Who used each token, as the store says. */
  users() {
    return this.workers[0].ask('users');
  }

  /** Gives each entry of the journals that is new. */
  readJournals(take) {
    for (const journal of this.#journals) journal.read(take);
  }

  #give(worker) {
    return worker.ask('take', { tokens: this.tokens, people: this.#people });
  }

  async #open({ synchronize = false } = {}) {
    const { dir, defer, ...application } = this.#settings;
    const path = join(dir, `journal-${this.#journals.length}`);
    const journal = followJournal(path);
    const worker = startWorker();
    this.#journals.push(journal);
    this.#workers.push(worker);
    defer(async () => {
      await worker.kill();
      journal.close();
    });
    await worker.ask('open', { ...application, synchronize, journal: path });
    return worker;
  }
}
