/** What became of the uses of each token. */
export class Tally {
  failures = [];
  /** Of lost uses; what differs only in numbers, such as those of connections, counts as one. */
  #reasons = new Map();
  /** Milliseconds until an answer. */
  #times = [];
  #counts;

  constructor(tokens) {
    const zeros = () => new Uint32Array(tokens);
    this.#counts = { begun: zeros(), allowed: zeros(), refused: zeros(), failed: zeros() };
  }

  /** Takes an entry of a journal. */
  add({ word, token, milliseconds, reason }) {
    // What is not answered is lost, with an error or with the process that waited for it.
    if (word === 'lost') this.#addReason(reason);
    else this.#counts[word][token] += 1;
    if (word === 'failed') this.failures.push(reason);
    if (word === 'allowed' || word === 'refused') this.#times.push(milliseconds);
  }

  allowedOf(token) {
    return this.#counts.allowed[token];
  }

  lostOf(token) {
    const { begun, allowed, refused, failed } = this.#counts;
    return begun[token] - allowed[token] - refused[token] - failed[token];
  }

  /** `{ reason, count }` each, the most frequent first. */
  get reasons() {
    return [...this.#reasons.values()].toSorted((a, b) => b.count - a.count);
  }

  get totals() {
    const { begun, allowed, refused, failed } = this.#counts;
    const [uses, ...answers] = [begun, allowed, refused, failed].map(sum);
    const lost = answers.reduce((left, answer) => left - answer, uses);
    return { uses, allowed: answers[0], refused: answers[1], lost };
  }

  /** The time within which such a share of all answers came (the nearest rank). */
  percentile(share) {
    if (this.#times.length === 0) return NaN;
    const sorted = Float64Array.from(this.#times).toSorted();
    return sorted[Math.ceil(share * sorted.length) - 1];
  }

  #addReason(reason) {
    const key = reason.replace(/\d+/g, '');
    const { count } = this.#reasons.get(key) ?? { count: 0 };
    this.#reasons.set(key, { reason, count: count + 1 });
  }
}

const sum = (numbers) => numbers.reduce((a, b) => a + b, 0);
