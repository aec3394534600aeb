import { closeSync, openSync, readSync, writeSync } from 'node:fs';
import { StringDecoder } from 'node:string_decoder';

const CHUNK = 1 << 16;

/**
 * A process writes down what it begins and each answer, at once: of one that is killed, whatever it was
 * allowed is known all the same, except for an answer that was on its way.
 */
export function openJournal(path) {
  const file = openSync(path, 'a');
  return {
    write: (word, token, milliseconds = 0, reason = '') => {
      writeSync(file, `${word} ${token} ${milliseconds.toFixed(3)} ${oneLine(reason)}\n`);
    },
  };
}

/** `read(take)` gives the entries that came since the last time. */
export function followJournal(path) {
  const file = openSync(path, 'a+');
  const chunk = Buffer.alloc(CHUNK);
  const decoder = new StringDecoder();
  let position = 0;
  let rest = '';
  return {
    read(take) {
      for (;;) {
        const length = readSync(file, chunk, 0, CHUNK, position);
        if (length === 0) return;
        position += length;
        const lines = (rest + decoder.write(chunk.subarray(0, length))).split('\n');
        rest = lines.pop();
        for (const line of lines) take(parse(line));
      }
    },
    close: () => closeSync(file),
  };
}

function parse(line) {
  const [word, token, milliseconds, ...reason] = line.split(' ');
  return {
    word,
    token: Number(token),
    milliseconds: Number(milliseconds),
    reason: reason.join(' '),
  };
}

const oneLine = (text) => text.replace(/\s+/g, ' ').trim();
