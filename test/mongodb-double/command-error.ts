/** A document of BSON, whose numbers keep their types. */
export type Fields = Record<string, unknown>;

/** What the double answers in the place of a result, in the shape that MongoDB gives its errors. */
export class CommandError extends Error {
  constructor(
    readonly code: number,
    readonly codeName: string,
    message: string,
    readonly details: Fields = {},
  ) {
    super(message);
  }

  /** The whole answer to a command. */
  toAnswer(): Fields {
    const { code, codeName, message, details } = this;
    return { ok: 0, errmsg: message, code, codeName, ...details };
  }

  /** One of `writeErrors` in the answer to a command that writes several times. */
  toWriteError(index: number): Fields {
    return { index, code: this.code, errmsg: this.message, ...this.details };
  }
}

/** Something that the store should not have sent, since the double does not know what MongoDB does with it. */
export function unknown(what: string): CommandError {
  return new CommandError(40_415, 'IDLUnknownField', `The double of MongoDB does not know ${what}`);
}

export function duplicateId(namespace: string, id: string): CommandError {
  return new CommandError(
    11_000,
    'DuplicateKey',
    `E11000 duplicate key error collection: ${namespace} index: _id_ dup key: { _id: "${id}" }`,
    { keyPattern: { _id: 1 }, keyValue: { _id: id } },
  );
}
