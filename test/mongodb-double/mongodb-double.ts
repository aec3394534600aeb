import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { CommandError, unknown } from './command-error.js';
import { COMMANDS } from './commands.js';
import type { Fields } from './fields.js';
import { RetryableWrites } from './retryable-writes.js';
import { StoredCollection } from './stored-collection.js';
import { Messages, readRequest } from './wire.js';

const HOST = '127.0.0.1';

/** A command that the double was sent, in the order of their coming. */
export interface Received {
  readonly name: string;
  readonly command: Fields;
}

/** What goes back: an answer, nothing at all, or the end of the connection. */
export type Outcome = Fields | 'silence' | 'cut';

/** What becomes of a command. It is carried out if and when the behaviour executes it. */
export type Behaviour = (
  name: string,
  execute: () => Promise<Fields>,
) => Outcome | Promise<Outcome>;

/** What the double does unless a test has it do something else. */
export const carryOut: Behaviour = (_, execute) => execute();

/**
 * A double of a MongoDB server, for tests where there is none. It is not MongoDB: it has its own idea, after the
 * documentation, of the few commands that the store sends, and refuses all others.
 *
 * It shows what the store sends through the real driver, and what it makes of the answers. That MongoDB carries
 * a command out as the double does, atomically among its own threads, and that nothing is lost in an election or
 * a crash, it cannot show.
 */
export class MongoDBDouble {
  /** What it was sent except for greetings. */
  readonly received: Received[] = [];
  /** Called with what a connection says of itself when it is opened. */
  greeted: (greeting: Fields) => void = () => {};
  /** Called where MongoDB lets others write: between the search of an upsert and its insertion. */
  beforeInsert: () => void = () => {};
  /** Milliseconds by which its clock is ahead of ours. */
  clockAhead = 0;
  /** What becomes of each command. By default it is carried out and answered. */
  behave: Behaviour = carryOut;

  private readonly refused: string[] = [];
  private readonly collections = new Map<string, StoredCollection>();
  private readonly sockets = new Set<Socket>();
  private readonly retryableWrites: RetryableWrites;
  private server: Server | undefined;
  private port = 0;

  private constructor(private readonly replicaSet: string | undefined) {
    this.retryableWrites = new RetryableWrites(replicaSet !== undefined);
  }

  /** A double that listens; by itself, or as the primary and only member of a replica set. */
  static async start(replicaSet?: string): Promise<MongoDBDouble> {
    const double = new MongoDBDouble(replicaSet);
    await double.listen();
    return double;
  }

  get address(): string {
    return `${HOST}:${this.port}`;
  }

  get url(): string {
    return `mongodb://${this.address}/app`;
  }

  get connections(): number {
    return this.sockets.size;
  }

  /** Ends when nobody is connected any more. */
  async left(): Promise<void> {
    while (this.sockets.size > 0) await new Promise(setImmediate);
  }

  /** The documents of `<database>.<collection>`. */
  collection(namespace = 'app.tempid_uses'): StoredCollection {
    const collection = this.collections.get(namespace) ?? new StoredCollection(namespace);
    this.collections.set(namespace, collection);
    return collection;
  }

  /** Begins to listen, at the port that it had, with what it has stored. */
  async listen(): Promise<void> {
    this.server = createServer((socket) => this.serve(socket)).listen(this.port, HOST);
    await once(this.server, 'listening');
    this.port = (this.server.address() as AddressInfo).port;
  }

  /** Closes every connection, and takes no more. */
  async stop(): Promise<void> {
    const { server } = this;
    if (!server) return;
    this.server = undefined;
    const closed = once(server, 'close');
    server.close();
    for (const socket of this.sockets) socket.destroy();
    await closed;
  }

  /** As {@link stop}. @throws Error where it was sent what it did not understand */
  async end(): Promise<void> {
    await this.stop();
    if (this.refused.length > 0) throw new Error(this.refused.join('\n'));
  }

  private serve(socket: Socket): void {
    const messages = new Messages();
    this.sockets.add(socket);
    socket.on('close', () => this.sockets.delete(socket));
    // A client that goes away in the middle of an answer is what some tests are about.
    socket.on('error', () => socket.destroy());
    socket.on('data', (chunk) => {
      for (const message of messages.cut(chunk)) void this.answer(socket, message);
    });
  }

  private async answer(socket: Socket, message: Buffer): Promise<void> {
    try {
      const request = readRequest(message);
      const [name = ''] = Object.keys(request.command);
      const outcome = await this.behave(name, () => this.execute(name, request.command));
      if (outcome === 'cut') socket.destroy();
      else if (outcome !== 'silence' && request.isAnswered) {
        socket.write(request.toMessage(outcome));
      }
    } catch (error) {
      this.refused.push(String(error));
      socket.destroy();
    }
  }

  private async execute(name: string, command: Fields): Promise<Fields> {
    const greeting = this.greet(name, command);
    if (greeting) return greeting;
    this.received.push({ name, command });
    try {
      const remembered = this.retryableWrites.remembered(command);
      if (remembered) return remembered;
      const answer = await this.run(name, command);
      this.retryableWrites.remember(command, answer);
      return answer;
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      if (error.code !== 11_000) this.refused.push(error.message);
      return error.toAnswer();
    }
  }

  private async run(name: string, command: Fields): Promise<Fields> {
    const run = COMMANDS[name];
    if (!run) throw unknown(`the command '${name}'`);
    const namespace = `${command['$db']}.${command[name]}`;
    const collection = this.collection(namespace);
    const beforeInsert = async () => {
      await new Promise(setImmediate);
      this.beforeInsert();
    };
    return run(command, { namespace, collection, beforeInsert });
  }

  private greet(name: string, command: Fields): Fields | undefined {
    if (name === 'ping' || name === 'endSessions') return { ok: 1 };
    if (name !== 'hello' && name !== 'ismaster') return undefined;
    this.greeted(command);
    const { address, replicaSet } = this;
    return {
      helloOk: true,
      isWritablePrimary: true,
      ...(replicaSet && { setName: replicaSet, hosts: [address], me: address, primary: address }),
      maxBsonObjectSize: 16_777_216,
      maxMessageSizeBytes: 48_000_000,
      maxWriteBatchSize: 100_000,
      localTime: new Date(Date.now() + this.clockAhead),
      logicalSessionTimeoutMinutes: 30,
      minWireVersion: 0,
      maxWireVersion: 25,
      readOnly: false,
      ok: 1,
    };
  }
}
