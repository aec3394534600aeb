import { Controller, Get, HttpCode, Post, Query, Redirect } from '@nestjs/common';
import { TempIDLink, TempIDService } from 'nestjs-tempid';
import { looksOf } from '../pages/link.template.js';
import { RefusedForm } from '../pages/refused-form.js';
import { typed } from '../pages/text.js';
import { Careful, Naive } from './scanned.kinds.js';
import { burntPage, scannerPage, spentPage, throughPage } from './scanner.page.js';
import { trialPage } from './trial.page.js';
import { Trials } from './trial.service.js';

@Controller('scanner')
export class ScannerController {
  constructor(
    private readonly trials: Trials,
    private readonly tempid: TempIDService,
  ) {}

  @Get()
  start(): string {
    return scannerPage();
  }

  @Post()
  @HttpCode(200)
  async scan(): Promise<string> {
    return trialPage(await this.trials.run());
  }

  @TempIDLink('open', Careful, {
    page: {
      ...looksOf('Scanner'),
      askAgain: '/scanner',
      texts: {
        confirm: {
          title: 'Is somebody there?',
          text: 'All that a scanner gets to see is this page. It opens links, and presses no button.',
          button: 'Yes, go on',
        },
        askAgain: 'Scan another link',
      },
    },
  })
  @Redirect('/scanner/through', 303)
  open(): void {
    // The use is spent: here a real application does what the link is for.
  }

  @Get('through')
  through(): string {
    return throughPage();
  }

  // Not to be copied: whoever opens this link first has used it, and that is a scanner.
  @Get('naive')
  async naive(@Query('token') token: unknown): Promise<string> {
    const isFirst = await this.tempid.use(typed(token), Naive);
    if (!isFirst) throw new RefusedForm(burntPage, 401);
    return spentPage();
  }
}
