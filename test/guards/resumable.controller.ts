import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Controller, Get, Post, Redirect, Req, Res, StreamableFile } from '@nestjs/common';
import { UseTempID } from '../../src/index.js';
import {
  CONTENT,
  type Request,
  type Response,
  sendFile,
  type SentFile,
} from '../support/sent-file.js';

interface NodeResponse {
  writeHead(...args: readonly unknown[]): unknown;
  end(text: string): unknown;
}

/** Fastify wraps it. */
function nodeOf(response: object): NodeResponse {
  const { raw } = response as { readonly raw?: NodeResponse };
  return raw ?? (response as NodeResponse);
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

    /** As of what another server has answered: by turns in `rawHeaders`, in pairs of `Headers`. */
    @Get('by-turns')
    @UseTempID(RESUMABLE)
    byTurns(@Res() response: Response): void {
      nodeOf(response).writeHead(206, 'Partial Content', ['content-range', 'bytes 998-999/1000']);
      nodeOf(response).end('bb');
    }

    @Get('in-pairs')
    @UseTempID(RESUMABLE)
    inPairs(@Res() response: Response): void {
      nodeOf(response).writeHead(206, [['Content-Range', 'bytes 0-1/1000']]);
      nodeOf(response).end('ab');
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
