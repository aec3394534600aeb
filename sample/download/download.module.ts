import { Module } from '@nestjs/common';
import { OutboxModule } from '../outbox/outbox.module.js';
import { DownloadController } from './download.controller.js';
import { Downloads } from './downloads.service.js';
import { FileController } from './file.controller.js';

@Module({
  imports: [OutboxModule],
  controllers: [DownloadController, FileController],
  providers: [Downloads],
})
export class DownloadModule {}
