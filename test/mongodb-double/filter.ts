import { Int32 } from 'bson';
import { unknown } from './command-error.js';
import { expectInt32, expectText, type Fields } from './fields.js';

type Condition = (value: unknown) => boolean;

/** What a statement looks for: one id, and perhaps what its fields must be. */
export class Filter {
  readonly id: string;
  private readonly conditions = new Map<string, Condition>();

  /** @throws CommandError for an operator that is not known */
  constructor({ _id, ...others }: Fields) {
    this.id = expectText(_id, `a filter by an '_id'`);
    for (const [name, operators] of Object.entries(others)) {
      this.conditions.set(name, conditionOf(name, operators));
    }
  }

  /** Whether it is nothing but an equality on the unique key. */
  get isById(): boolean {
    return this.conditions.size === 0;
  }

  matches(document: Fields): boolean {
    return [...this.conditions].every(([name, holds]) => holds(document[name]));
  }
}

/** Comparisons of numbers, or of moments: as in MongoDB, what is of another type is neither less nor greater. */
function conditionOf(name: string, operators: unknown): Condition {
  const comparisons = Object.entries(operators ?? {}).map(([operator, operand]): Condition => {
    if (operator === '$gt' && operand instanceof Date) {
      return (value) => value instanceof Date && value.getTime() > operand.getTime();
    }
    const limit = expectInt32(operand, `an operand of '${operator}'`);
    if (operator === '$lt') return (value) => value instanceof Int32 && value.value < limit;
    if (operator === '$gt') return (value) => value instanceof Int32 && value.value > limit;
    throw unknown(`the operator '${operator}' in a filter`);
  });
  if (comparisons.length === 0) throw unknown(`a filter by '${name}' without an operator`);
  return (value) => comparisons.every((holds) => holds(value));
}
