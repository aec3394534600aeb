import { Module } from '@nestjs/common';
import { TempIDModule } from 'nestjs-tempid';
import { OutboxModule } from '../outbox/outbox.module.js';
import { DownloadController } from './download.controller.js';
import { Download } from './download.kind.js';
import { Downloads } from './downloads.service.js';
import { FileController } from './file.controller.js';

@Module({
  imports: [TempIDModule.forFeature([Download]), OutboxModule],
  controllers: [DownloadController, FileController],
  providers: [Downloads],
})
export class DownloadModule {}
