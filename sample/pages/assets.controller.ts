import { Controller, Get, Header } from '@nestjs/common';
import { ICON, STYLE } from './style.js';

@Controller()
export class AssetsController {
  @Get('style.css')
  @Header('Content-Type', 'text/css; charset=utf-8')
  @Header('Cache-Control', 'no-cache')
  style(): string {
    return STYLE;
  }

  // The second is what browsers ask for where a page names no icon, as those of nestjs-tempid.
  @Get(['icon.svg', 'favicon.ico'])
  @Header('Content-Type', 'image/svg+xml')
  @Header('Cache-Control', 'no-cache')
  icon(): string {
    return ICON;
  }
}
