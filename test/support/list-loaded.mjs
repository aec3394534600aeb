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

process.on('exit', () => {
  for (let received; (received = receiveMessageOnPort(port1));) console.log(received.message);
  const { cache } = createRequire(import.meta.url);
  for (const path of Object.keys(cache)) console.log(path);
});
