import { Int32 } from 'bson';
import { CommandError, unknown } from './command-error.js';
import { expectFields, expectInt32, expectOnly, type Fields, withValueAt } from './fields.js';
import { compare } from './order.js';

const HIGHEST_INT32 = 2_147_483_647;

/** What a statement does to a document. */
export class Update {
  private readonly increments: Fields;
  private readonly maxima: Fields;
  private readonly assignments: Fields;
  private readonly assignmentsOnInsert: Fields;
  private readonly removals: Fields;

  /** @throws CommandError for an operator that is not known, and for a field that two of them change */
  constructor(update: Fields) {
    expectOnly(update, ['$inc', '$max', '$set', '$setOnInsert', '$unset'], 'an update');
    this.increments = expectFields(update['$inc'] ?? {}, '$inc');
    this.maxima = expectFields(update['$max'] ?? {}, '$max');
    this.assignments = expectFields(update['$set'] ?? {}, '$set');
    this.assignmentsOnInsert = expectFields(update['$setOnInsert'] ?? {}, '$setOnInsert');
    this.removals = expectFields(update['$unset'] ?? {}, '$unset');
    const { increments, maxima, assignments, assignmentsOnInsert, removals } = this;
    const groups = [increments, maxima, assignments, assignmentsOnInsert, removals];
    const names = groups.flatMap((fields) => Object.keys(fields));
    const twice = names.find((name, index) => names.indexOf(name) !== index);
    if (twice !== undefined) {
      const message = `Updating the path '${twice}' would create a conflict at '${twice}'`;
      throw new CommandError(40, 'ConflictingUpdateOperators', message);
    }
    const odd = names.find((name) => name === '_id' || name.startsWith('$'));
    if (odd !== undefined) throw unknown(`an update of '${odd}'`);
  }

  /** The document after the update. */
  of(document: Fields): Fields {
    let updated = document;
    for (const [name, value] of Object.entries(this.assignments)) {
      updated = withValueAt(updated, name, value);
    }
    for (const name of Object.keys(this.removals)) updated = withValueAt(updated, name, undefined);
    for (const [name, by] of Object.entries(this.increments)) {
      updated = { ...updated, [name]: increased(updated[name], by, name) };
    }
    for (const [name, value] of Object.entries(this.maxima)) {
      updated = { ...updated, [name]: greaterOf(updated[name], value, name) };
    }
    return updated;
  }

  /** What is inserted where nothing is found: of the filter only the id, since it alone is an equality. */
  inserted(id: string): Fields {
    return this.of({ _id: id, ...this.assignmentsOnInsert });
  }
}

/** What is there, or what `$max` brings where that is greater, or where nothing is there. */
function greaterOf(value: unknown, other: unknown, name: string): unknown {
  if (value === undefined) return other;
  const order = compare(value, other);
  if (order === undefined) throw unknown(`a '$max' of '${name}' by the order of the types`);
  return order < 0 ? other : value;
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
