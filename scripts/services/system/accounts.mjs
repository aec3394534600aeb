import { execFileSync } from 'node:child_process';
import { chownSync } from 'node:fs';
import { userInfo } from 'node:os';
import { isRoot } from './programs.mjs';

/** Who may log in without a password: the server's administrator or whoever we are. */
export function usualUsers(administrator) {
  try {
    return [...new Set([administrator, userInfo().username])];
  } catch {
    // A container's user id may have no name.
    return [administrator];
  }
}

/** Database servers refuse to run as root: the account to run one as, which `dir` then belongs to. */
export function handOver(dir, osUser) {
  if (!isRoot()) return undefined;
  const account = accountOf(osUser);
  chownSync(dir, account.uid, account.gid);
  return account;
}

function accountOf(osUser) {
  try {
    return { uid: idOf('-u', osUser), gid: idOf('-g', osUser) };
  } catch (error) {
    throw new Error(`it refuses to run as root and there is no OS user ${osUser}`, {
      cause: error,
    });
  }
}

const idOf = (flag, osUser) =>
  Number(execFileSync('id', [flag, osUser], { stdio: ['ignore', 'pipe', 'ignore'] }));
