import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { send } from '@fastify/send';

/** 1,000 bytes, of which only the first is an A. */
export const CONTENT = `A${'b'.repeat(999)}`;

/** A file to send. */
export class SentFile {
  private constructor(
    private readonly folder: string,
    readonly path: string,
  ) {}

  static async make(): Promise<SentFile> {
    const folder = await mkdtemp(join(tmpdir(), 'tempid-'));
    const file = new SentFile(folder, join(folder, 'file.txt'));
    await file.change(CONTENT);
    return file;
  }

  change(content: string): Promise<void> {
    return writeFile(this.path, content);
  }

  remove(): Promise<void> {
    return rm(this.folder, { recursive: true });
  }
}

export interface Request {
  readonly headers: Record<string, string>;
  readonly raw: object;
}

export interface Response {
  sendFile(path: string, options?: object): void;
  status(code: number): this;
  header(name: string, value: string): this;
  headers(headers: object): this;
  send(content: unknown): void;
}

/** As the platform sends files: Express by itself, Fastify by what `reply.sendFile` of its plugin is made of. */
export async function sendFile(path: string, request: Request, response: Response): Promise<void> {
  if ('raw' in response) {
    const { statusCode, headers, stream } = await send(request.raw as never, path, {
      cacheControl: false,
    });
    response.status(statusCode).headers(headers).send(stream);
  } else {
    response.sendFile(path);
  }
}
