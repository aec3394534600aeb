import { Controller, Get, HttpCode, Post, StreamableFile, UseFilters } from '@nestjs/common';
import { CurrentTempID, type TempID, TempIDService, UseTempID } from 'nestjs-tempid';
import { BadLinkFilter } from '../pages/bad-link.filter.js';
import { DOWNLOAD } from './downloads.service.js';
import { FILE_LINK_TEXTS, filePage } from './file.page.js';
import { TIDES } from './tides.js';

@Controller('download/file')
@UseFilters(new BadLinkFilter(FILE_LINK_TEXTS))
export class FileController {
  constructor(private readonly tempid: TempIDService) {}

  @Get()
  @UseTempID({ purpose: DOWNLOAD, checkUses: true })
  async look(@CurrentTempID() token: TempID<{ file: string }>): Promise<string> {
    return filePage(token, await this.tempid.usesInfo(token));
  }

  // A download counts from its first byte: one that breaks off may have been read to the end.
  @Post()
  @HttpCode(200)
  @UseTempID({ purpose: DOWNLOAD, consume: true })
  download(): StreamableFile {
    return new StreamableFile(Buffer.from(TIDES.content), {
      type: TIDES.type,
      disposition: `attachment; filename="${TIDES.name}"`,
    });
  }
}
