import { type DynamicModule, Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { TempIDModule } from 'nestjs-tempid';
import { TypeOrmTempIDLedger } from 'nestjs-tempid/typeorm';
import { CodeModule } from './code/code.module.js';
import { connectionOf, storeOf } from './database.js';
import { DownloadModule } from './download/download.module.js';
import { HomeModule } from './home/home.module.js';
import { InviteModule } from './invite/invite.module.js';
import { MagicLoginModule } from './magic-login/magic-login.module.js';
import { GREEN } from './pages/style.js';
import { PasswordModule } from './password/password.module.js';
import { ScannerModule } from './scanner/scanner.module.js';
import { type Settings, SettingsModule } from './settings.js';

@Module({})
export class AppModule {
  static of(settings: Settings): DynamicModule {
    return {
      module: AppModule,
      imports: [
        SettingsModule.of(settings),
        TypeOrmModule.forRoot(connectionOf(settings)),
        TempIDModule.forRoot({
          store: storeOf(settings),
          ledger: TypeOrmTempIDLedger,
          accept: ['v3', 'short'],
          isGlobal: true,
          linkPage: { appName: 'Temporary links', color: GREEN },
        }),
        HomeModule,
        PasswordModule,
        MagicLoginModule,
        CodeModule,
        InviteModule,
        DownloadModule,
        ScannerModule,
      ],
    };
  }
}
