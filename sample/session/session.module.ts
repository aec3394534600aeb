import { Module } from '@nestjs/common';
import { SessionController } from './session.controller.js';
import { Sessions } from './sessions.service.js';

@Module({
  controllers: [SessionController],
  providers: [Sessions],
  exports: [Sessions],
})
export class SessionModule {}
