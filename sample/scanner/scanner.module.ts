import { Module } from '@nestjs/common';
import { TempIDModule } from 'nestjs-tempid';
import { Careful, Naive } from './scanned.kinds.js';
import { ScannerController } from './scanner.controller.js';
import { Scanner } from './scanner.service.js';
import { Trials } from './trial.service.js';

@Module({
  imports: [TempIDModule.forFeature([Careful, Naive])],
  controllers: [ScannerController],
  providers: [Scanner, Trials],
})
export class ScannerModule {}
