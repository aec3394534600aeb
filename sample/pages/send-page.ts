import type { ArgumentsHost } from '@nestjs/common';

/** What the filters ask of Express' response, which sends a string as HTML. */
interface PageResponse {
  status(code: number): PageResponse;
  send(body: string): unknown;
}

export function sendPage(host: ArgumentsHost, status: number, text: string): void {
  host.switchToHttp().getResponse<PageResponse>().status(status).send(text);
}
