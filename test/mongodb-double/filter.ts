import { unknown } from './command-error.js';
import {
  expectFields,
  expectFlag,
  expectList,
  expectText,
  type Fields,
  valueAt,
} from './fields.js';
import { compare } from './order.js';

type Condition = (document: Fields) => boolean;

/** What a statement looks for: one id or some, and perhaps what their fields must be. */
export class Filter {
  readonly ids: readonly string[];
  /** Whether it is nothing but an equality on the unique key. */
  readonly isById: boolean;
  /** The fields beside the id that it asks to be equal to something, which an upsert would insert. */
  readonly equalities: readonly string[];
  private readonly conditions: readonly Condition[];

  /** @throws CommandError for an operator that is not known */
  constructor({ _id, ...others }: Fields) {
    const fields = Object.entries(others);
    this.ids = idsOf(_id);
    this.isById = typeof _id === 'string' && fields.length === 0;
    this.equalities = fields
      .filter(([name, value]) => !name.startsWith('$') && !isOperators(value))
      .map(([name]) => name);
    this.conditions = conditionsOf(others);
  }

  /** The one id of a statement that writes. */
  get id(): string {
    const [id, ...more] = this.ids;
    if (id === undefined || more.length > 0) throw unknown('a write to several documents');
    return id;
  }

  matches(document: Fields): boolean {
    return this.conditions.every((holds) => holds(document));
  }
}

function idsOf(id: unknown): string[] {
  if (typeof id === 'string') return [id];
  const { $in: list, ...others } = expectFields(id, `a filter by an '_id'`);
  if (Object.keys(others).length > 0) throw unknown(`an '_id' by several operators`);
  return expectList(list, `an operand of '$in'`).map((one) => expectText(one, `an '_id'`));
}

function conditionsOf(fields: Fields): Condition[] {
  return Object.entries(fields).map(([name, value]) => {
    if (name === '$nor') return noneOf(expectList(value, `an operand of '$nor'`));
    if (name.startsWith('$')) throw unknown(`the operator '${name}' in a filter`);
    return isOperators(value) ? comparisonsOf(name, value) : equalityOf(name, value);
  });
}

function noneOf(alternatives: unknown[]): Condition {
  const all = alternatives.map((one) => conditionsOf(expectFields(one, `a filter in '$nor'`)));
  if (all.length === 0) throw unknown(`a '$nor' of nothing`);
  return (document) => !all.some((conditions) => conditions.every((holds) => holds(document)));
}

function equalityOf(name: string, operand: unknown): Condition {
  expectComparable(name, operand);
  return (document) => compare(valueAt(document, name), operand) === 0;
}

function comparisonsOf(name: string, operators: Fields): Condition {
  const comparisons = Object.entries(operators).map(([operator, operand]): Condition => {
    if (operator === '$exists') {
      const isThere = expectFlag(operand, `an operand of '$exists'`);
      return (document) => (valueAt(document, name) !== undefined) === isThere;
    }
    if (operator === '$not') {
      const holds = comparisonsOf(name, expectFields(operand, `an operand of '$not'`));
      return (document) => !holds(document);
    }
    const holds = COMPARISONS[operator];
    if (!holds) throw unknown(`the operator '${operator}' in a filter`);
    expectComparable(name, operand);
    return (document) => {
      const order = compare(valueAt(document, name), operand);
      return order !== undefined && holds(order);
    };
  });
  return (document) => comparisons.every((holds) => holds(document));
}

const COMPARISONS: Readonly<Record<string, (order: number) => boolean>> = {
  $lt: (order) => order < 0,
  $lte: (order) => order <= 0,
  $gt: (order) => order > 0,
  $gte: (order) => order >= 0,
};

/** @throws CommandError where MongoDB would find what has no such field, too, or by an order that is not known here */
function expectComparable(name: string, operand: unknown): void {
  if (compare(operand, operand) !== 0) throw unknown(`what '${name}' is compared with`);
}

function isOperators(value: unknown): value is Fields {
  if (typeof value !== 'object' || value?.constructor !== Object) return false;
  const names = Object.keys(value);
  if (names.length > 0 && names.every((name) => name.startsWith('$'))) return true;
  throw unknown('a comparison with a document');
}
