import { Module } from '@nestjs/common';
import { TempIDModule } from 'nestjs-tempid';
import { SessionController } from './session.controller.js';
import { Session } from './session.kind.js';
import { Sessions } from './sessions.service.js';

@Module({
  imports: [TempIDModule.forFeature([Session])],
  controllers: [SessionController],
  providers: [Sessions],
  exports: [Sessions],
})
export class SessionModule {}
