import { deserialize, serialize } from 'bson';
import type { Fields } from './fields.js';

const HEADER = 16;
const OP_REPLY = 1;
const OP_QUERY = 2_004;
const OP_MSG = 2_013;
const MORE_TO_COME = 2;

/** A command as it came over the wire. */
export interface Request {
  readonly command: Fields;
  readonly isAnswered: boolean;
  /** The bytes of an answer to it. */
  toMessage(answer: Fields): Buffer;
}

/** Cuts what a socket receives into messages, each of which begins with its length. */
export class Messages {
  private rest = Buffer.alloc(0);

  *cut(chunk: Buffer): Generator<Buffer> {
    this.rest = Buffer.concat([this.rest, chunk]);
    while (this.rest.length >= 4 && this.rest.length >= this.rest.readInt32LE()) {
      const length = this.rest.readInt32LE();
      yield this.rest.subarray(0, length);
      this.rest = this.rest.subarray(length);
    }
  }
}

/**
 * Reads OP_MSG with one section, and OP_QUERY of the collection '$cmd', by which a driver says hello first.
 * https://github.com/mongodb/specifications/blob/master/source/message/OP_MSG.md
 *
 * @throws Error for checksums, for document sequences, and for compressed messages: the store needs none
 */
export function readRequest(message: Buffer): Request {
  const id = message.readInt32LE(4);
  const opCode = message.readInt32LE(12);
  if (opCode === OP_MSG) return readMsg(message, id);
  if (opCode === OP_QUERY) return readQuery(message, id);
  throw new Error(`The double of MongoDB does not know the opcode ${opCode}`);
}

function readMsg(message: Buffer, id: number): Request {
  const flags = message.readUInt32LE(HEADER);
  if ((flags & ~MORE_TO_COME) !== 0) throw new Error(`Flags that are not known: ${flags}`);
  if (message[HEADER + 4] !== 0) throw new Error('A section that is no body');
  const start = HEADER + 5;
  if (start + message.readInt32LE(start) !== message.length) throw new Error('Several sections');
  return {
    command: read(message.subarray(start)),
    isAnswered: (flags & MORE_TO_COME) === 0,
    toMessage: (answer) => format(id, OP_MSG, Buffer.alloc(5), serialize(answer)),
  };
}

function readQuery(message: Buffer, id: number): Request {
  const end = message.indexOf(0, HEADER + 4);
  const namespace = message.toString('utf8', HEADER + 4, end);
  if (!namespace.endsWith('.$cmd')) throw new Error(`A query of ${namespace}`);
  const reply = Buffer.alloc(20);
  reply.writeInt32LE(1, 16);
  return {
    command: read(message.subarray(end + 9)),
    isAnswered: true,
    toMessage: (answer) => format(id, OP_REPLY, reply, serialize(answer)),
  };
}

function read(bytes: Buffer): Fields {
  return deserialize(bytes, { promoteValues: false });
}

function format(responseTo: number, opCode: number, ...parts: Uint8Array[]): Buffer {
  const header = Buffer.alloc(HEADER);
  const message = Buffer.concat([header, ...parts]);
  message.writeInt32LE(message.length, 0);
  message.writeInt32LE(responseTo, 8);
  message.writeInt32LE(opCode, 12);
  return message;
}
