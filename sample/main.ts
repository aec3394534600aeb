import { createApp } from './create-app.js';
import { freePort } from './free-port.js';
import { describeStorage, settingsFrom } from './settings.js';

// This machine only, unless asked: the outbox shows everybody's mail.
const host = process.env['HOST'] || '127.0.0.1';
const settings = settingsFrom(process.env);
try {
  const port = await freePort(Number(process.env['PORT'] || 3_000), host);
  const app = await createApp(settings);
  app.enableShutdownHooks();
  await app.listen(port, host);
  console.log(`${describeStorage(settings)}\nThe sample runs on ${await app.getUrl()}`);
} catch (error) {
  console.error(
    `The sample cannot start: ${error instanceof Error ? error.message : String(error)}`,
  );
  // A connection that was made before the failure would keep the process alive.
  process.exit(1);
}
