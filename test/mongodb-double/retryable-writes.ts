import { type Binary, Long } from 'bson';
import { CommandError, unknown } from './command-error.js';
import { expectFields, type Fields } from './fields.js';

/**
 * What a member of a replica set does with a write that has a number: it carries it out once, and answers the
 * same to whoever sends it again. A server by itself refuses such a number.
 */
export class RetryableWrites {
  private readonly last = new Map<string, { number: Long; answer: Fields }>();

  constructor(private readonly isReplicaSet: boolean) {}

  /** The answer that was given to the same write before. */
  remembered(command: Fields): Fields | undefined {
    const { txnNumber } = command;
    if (txnNumber === undefined) return undefined;
    if (!this.isReplicaSet) {
      const message = 'Transaction numbers are only allowed on a replica set member or mongos';
      throw new CommandError(20, 'IllegalOperation', message);
    }
    const last = this.last.get(sessionOf(command));
    const order = last ? numberOf(command).compare(last.number) : 1;
    if (order < 0) throw new CommandError(225, 'TransactionTooOld', 'A later write has begun');
    return order === 0 ? last?.answer : undefined;
  }

  remember(command: Fields, answer: Fields): void {
    if (command['txnNumber'] === undefined) return;
    this.last.set(sessionOf(command), { number: numberOf(command), answer });
  }
}

function sessionOf({ lsid }: Fields): string {
  return (expectFields(lsid, 'a session')['id'] as Binary).toString('hex');
}

function numberOf({ txnNumber }: Fields): Long {
  if (txnNumber instanceof Long) return txnNumber;
  throw unknown(`a 'txnNumber' that is no int64`);
}
