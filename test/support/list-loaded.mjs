// Preloaded into a child process: prints the address of every module that it loads, of both kinds.
import { createRequire, register } from 'node:module';
import { MessageChannel, receiveMessageOnPort } from 'node:worker_threads';

const { port1, port2 } = new MessageChannel();
port1.unref();
register('./list-loaded.hooks.mjs', {
  parentURL: import.meta.url,
  data: { port: port2 },
  transferList: [port2],
});

// A process that exits does not wait until somebody has read what it wrote; before that it does.
process.once('beforeExit', () => {
  const loaded = [];
  for (let received; (received = receiveMessageOnPort(port1));) loaded.push(received.message);
  loaded.push(...Object.keys(createRequire(import.meta.url).cache));
  process.stdout.write(loaded.map((address) => `${address}\n`).join(''));
});
