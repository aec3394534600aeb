import { Int32 } from 'bson';
import { CommandError, unknown } from './command-error.js';
import { expectFields, expectInt32, expectOnly, type Fields } from './fields.js';

const HIGHEST_INT32 = 2_147_483_647;

/** What a statement does to a document. */
export class Update {
  private readonly increments: Fields;
  private readonly assignments: Fields;
  private readonly assignmentsOnInsert: Fields;

  /** @throws CommandError for an operator that is not known, and for a field that two of them change */
  constructor(update: Fields) {
    expectOnly(update, ['$inc', '$set', '$setOnInsert'], 'an update');
    this.increments = expectFields(update['$inc'] ?? {}, '$inc');
    this.assignments = expectFields(update['$set'] ?? {}, '$set');
    this.assignmentsOnInsert = expectFields(update['$setOnInsert'] ?? {}, '$setOnInsert');
    const groups = [this.increments, this.assignments, this.assignmentsOnInsert];
    const names = groups.flatMap((fields) => Object.keys(fields));
    const twice = names.find((name, index) => names.indexOf(name) !== index);
    if (twice !== undefined) {
      const message = `Updating the path '${twice}' would create a conflict at '${twice}'`;
      throw new CommandError(40, 'ConflictingUpdateOperators', message);
    }
    const odd = names.find((name) => name === '_id' || /^\$|\./.test(name));
    if (odd !== undefined) throw unknown(`an update of '${odd}'`);
  }

  /** The document after the update. */
  of(document: Fields): Fields {
    const updated = { ...document, ...this.assignments };
    for (const [name, by] of Object.entries(this.increments)) {
      updated[name] = increased(updated[name], by, name);
    }
    return updated;
  }

  /** What is inserted where nothing is found: of the filter only the id, since it alone is an equality. */
  inserted(id: string): Fields {
    return this.of({ _id: id, ...this.assignmentsOnInsert });
  }
}

function increased(value: unknown, by: unknown, name: string): Int32 {
  const step = expectInt32(by, `an '$inc' of '${name}'`);
  if (value === undefined) return new Int32(step);
  if (!(value instanceof Int32)) {
    throw new CommandError(14, 'TypeMismatch', `Cannot apply $inc to '${name}', which is no int32`);
  }
  const sum = value.value + step;
  if (sum > HIGHEST_INT32) throw unknown(`an '$inc' that makes an int64 of '${name}'`);
  return new Int32(sum);
}
