import { Module } from '@nestjs/common';
import { ScannerController } from './scanner.controller.js';
import { Scanner } from './scanner.service.js';
import { Trials } from './trial.service.js';

@Module({ controllers: [ScannerController], providers: [Scanner, Trials] })
export class ScannerModule {}
