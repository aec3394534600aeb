import { Controller, Get, HttpCode, Post, StreamableFile, UseFilters } from '@nestjs/common';
import { CurrentTempID, type TempIDOf, TempIDService, UseTempID } from 'nestjs-tempid';
import { BadLinkFilter } from '../pages/bad-link.filter.js';
import { Download } from './download.kind.js';
import { FILE_LINK_TEXTS, filePage } from './file.page.js';
import { TIDES } from './tides.js';

@Controller('download/file')
@UseFilters(new BadLinkFilter(FILE_LINK_TEXTS))
export class FileController {
  constructor(private readonly tempid: TempIDService) {}

  @Get()
  @UseTempID(Download, { checkUses: true })
  async look(@CurrentTempID() token: TempIDOf<typeof Download>): Promise<string> {
    return filePage(token, await this.tempid.usesInfo(token));
  }

  // A download counts from its first byte: one that breaks off may have been read to the end.
  @Post()
  @HttpCode(200)
  @UseTempID(Download, { consume: true })
  download(): StreamableFile {
    return new StreamableFile(Buffer.from(TIDES.content), {
      type: TIDES.type,
      disposition: `attachment; filename="${TIDES.name}"`,
    });
  }
}
