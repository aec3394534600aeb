import { Module } from '@nestjs/common';
import { AssetsController } from '../pages/assets.controller.js';
import { HomeController } from './home.controller.js';

@Module({ controllers: [HomeController, AssetsController] })
export class HomeModule {}
