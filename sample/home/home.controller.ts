import { Controller, Get, Inject } from '@nestjs/common';
import { describeStorage, SETTINGS, type Settings } from '../settings.js';
import { homePage } from './home.page.js';

@Controller()
export class HomeController {
  constructor(@Inject(SETTINGS) private readonly settings: Settings) {}

  @Get()
  home(): string {
    return homePage(describeStorage(this.settings));
  }
}
