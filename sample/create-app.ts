import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { AppModule } from './app.module.js';
import { PageFilter } from './pages/page.filter.js';
import { securityHeaders } from './pages/security-headers.js';
import type { Settings } from './settings.js';

/** The sample, ready to listen. */
export async function createApp(settings: Settings): Promise<NestExpressApplication> {
  const app = await NestFactory.create<NestExpressApplication>(AppModule.of(settings), {
    logger: ['fatal', 'error', 'warn'],
    abortOnError: false,
  });
  app.disable('x-powered-by');
  app.use(securityHeaders);
  app.useGlobalFilters(new PageFilter());
  return app;
}
