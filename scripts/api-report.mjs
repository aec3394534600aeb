// Writes what each entry of the package declares into api/: npm run api. With --check it fails where that is not what is committed.
import { mkdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import {
  Extractor,
  ExtractorConfig,
  ExtractorLogLevel,
  ExtractorMessageCategory,
} from '@microsoft/api-extractor';

const isCheck = process.argv.includes('--check');
const packageJsonFullPath = resolve('package.json');
const { name, exports } = JSON.parse(readFileSync(packageJsonFullPath, 'utf8'));
/** What these reach beside their own exports is in the report of the main entry. */
const REACHING_INTO_MAIN = new Set(['./jwt', './config', './testing']);

mkdirSync('api', { recursive: true });
for (const [entry, { import: module }] of Object.entries(exports)) {
  if (!module) continue;
  const fileName = entry === '.' ? name : `${name}-${entry.slice(2)}`;
  const config = ExtractorConfig.prepare({
    packageJsonFullPath,
    configObjectFullPath: undefined,
    configObject: {
      projectFolder: resolve('.'),
      mainEntryPointFilePath: resolve(module.types),
      compiler: { tsconfigFilePath: resolve('tsconfig.build.json') },
      newlineKind: 'lf',
      apiReport: {
        enabled: true,
        reportFolder: resolve('api'),
        reportTempFolder: resolve('node_modules/.cache/api'),
        reportFileName: fileName,
        includeForgottenExports: !REACHING_INTO_MAIN.has(entry),
      },
      docModel: { enabled: false },
      dtsRollup: { enabled: false },
      tsdocMetadata: { enabled: false },
      messages: {
        extractorMessageReporting: { default: { logLevel: 'none' } },
        tsdocMessageReporting: { default: { logLevel: 'none' } },
      },
    },
  });
  const { succeeded, apiReportChanged } = Extractor.invoke(config, {
    localBuild: !isCheck,
    messageCallback(message) {
      if (message.category === ExtractorMessageCategory.Console)
        message.logLevel = ExtractorLogLevel.None;
    },
  });
  if (!succeeded || (isCheck && apiReportChanged)) process.exitCode = 1;
  if (!apiReportChanged) continue;
  console.log(
    isCheck
      ? `api/${fileName}.api.md is not what the build declares: run "npm run api" and commit it.`
      : `api/${fileName}.api.md has changed.`,
  );
}
