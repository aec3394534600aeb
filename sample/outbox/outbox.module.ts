import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { Mail } from './mail.entity.js';
import { OutboxController } from './outbox.controller.js';
import { Outbox } from './outbox.service.js';

@Module({
  imports: [TypeOrmModule.forFeature([Mail])],
  controllers: [OutboxController],
  providers: [Outbox],
  exports: [Outbox],
})
export class OutboxModule {}
