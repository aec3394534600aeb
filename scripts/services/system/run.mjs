import { execFile } from 'node:child_process';
import { basename } from 'node:path';
import { promisify } from 'node:util';
import { complaintIn } from './complaint.mjs';

/** Runs a program to its end; the error says the last line it wrote. */
export async function run(command, args, options) {
  try {
    return await promisify(execFile)(command, args, options);
  } catch (error) {
    throw new Error(`${basename(command)}: ${complaintIn(error.stderr) ?? error.message}`, {
      cause: error,
    });
  }
}
