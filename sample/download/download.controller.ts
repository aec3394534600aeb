import { Body, Controller, Get, Post, Redirect } from '@nestjs/common';
import { RefusedForm } from '../pages/refused-form.js';
import { problemOfEmail, typed } from '../pages/text.js';
import { downloadPage } from './download.page.js';
import { Downloads } from './downloads.service.js';

@Controller('download')
export class DownloadController {
  constructor(private readonly downloads: Downloads) {}

  @Get()
  form(): string {
    return downloadPage();
  }

  @Post()
  @Redirect('/outbox', 303)
  async send(@Body('email') value: unknown): Promise<void> {
    const email = typed(value);
    const error = problemOfEmail(email);
    if (error !== undefined) throw new RefusedForm(() => downloadPage({ email, error }));
    await this.downloads.send(email);
  }
}
