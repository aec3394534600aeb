import { createReadStream } from 'node:fs';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { send } from '@fastify/send';
import { Controller, Get, Post, Redirect, Req, Res, StreamableFile } from '@nestjs/common';
import { UseTempID } from '../../src/index.js';

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

interface Request {
  readonly headers: Record<string, string>;
  readonly raw: object;
}

interface Response {
  sendFile(path: string, options?: object): void;
  status(code: number): this;
  header(name: string, value: string): this;
  headers(headers: object): this;
  send(content: unknown): void;
}

/** As the platform sends files: Express by itself, Fastify by what its plugin is made of. */
async function sendFile(path: string, request: Request, response: Response): Promise<void> {
  if ('raw' in response) {
    const { statusCode, headers, stream } = await send(request.raw as never, path);
    response.status(statusCode).headers(headers).send(stream);
  } else {
    response.sendFile(path);
  }
}

/** Handlers that answer a part of a file, and others that do not. */
export function resumableControllers(file: SentFile) {
  const RESUMABLE = { purpose: 'download', consume: true, resumable: true } as const;

  @Controller()
  class ResumableController {
    @Get('file')
    @UseTempID(RESUMABLE)
    file(@Req() request: Request, @Res() response: Response): Promise<void> {
      return sendFile(file.path, request, response);
    }

    @Get('on-success')
    @UseTempID({ ...RESUMABLE, consume: 'on-success' })
    onSuccess(@Req() request: Request, @Res() response: Response): Promise<void> {
      return sendFile(file.path, request, response);
    }

    @Get('plain')
    @UseTempID({ purpose: 'download', consume: true })
    plain(@Req() request: Request, @Res() response: Response): Promise<void> {
      return sendFile(file.path, request, response);
    }

    @Get('whole')
    @UseTempID(RESUMABLE)
    whole(): StreamableFile {
      return new StreamableFile(createReadStream(file.path));
    }

    @Get('text')
    @UseTempID(RESUMABLE)
    text(): string {
      return CONTENT;
    }

    @Get('parts')
    @UseTempID(RESUMABLE)
    async parts(@Res() response: Response): Promise<void> {
      const { size } = await stat(file.path);
      response
        .status(206)
        .header('Content-Range', `bytes 0-${size - 1}/${size}`)
        .send(CONTENT);
    }

    @Get('elsewhere')
    @UseTempID(RESUMABLE)
    @Redirect('https://files.example/file.txt?signature=1')
    elsewhere(): void {}
  }

  @Controller('of-class')
  @UseTempID(RESUMABLE)
  class OfClassController {
    @Get()
    get(@Req() request: Request, @Res() response: Response): Promise<void> {
      return sendFile(file.path, request, response);
    }

    @Post()
    post(@Req() request: Request, @Res() response: Response): Promise<void> {
      return sendFile(file.path, request, response);
    }
  }
  return [ResumableController, OfClassController];
}
