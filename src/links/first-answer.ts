import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from 'node:crypto';

/** A redirect, with the cookies that came with it. */
export interface FirstAnswer {
  readonly status: number;
  readonly location: string;
  readonly cookies: readonly string[];
}

/** One form in one browser: who knows all three may have its answer again. */
export interface PostedForm {
  readonly token: string;
  readonly browser: string;
  readonly click: string;
}

const ALGORITHM = 'aes-256-gcm';
const NONCE_LENGTH = 12;
const TAG_LENGTH = 16;

/** What a store knows a form by. It opens nothing. */
export function idOf(form: PostedForm): string {
  return createHash('sha256')
    .update('nestjs-tempid form\0')
    .update(secretOf(form))
    .digest('base64url');
}

/** Encrypts an answer under a key that only the form itself gives, so that a store cannot read the cookies. */
export function seal(answer: FirstAnswer, form: PostedForm): Buffer {
  const nonce = randomBytes(NONCE_LENGTH);
  const cipher = createCipheriv(ALGORITHM, keyOf(form), nonce);
  const text = Buffer.concat([cipher.update(JSON.stringify(answer), 'utf8'), cipher.final()]);
  return Buffer.concat([nonce, text, cipher.getAuthTag()]);
}

/** @throws Error for bytes that this form has not sealed */
export function open(sealed: Uint8Array, form: PostedForm): FirstAnswer {
  const bytes = Buffer.from(sealed);
  const decipher = createDecipheriv(ALGORITHM, keyOf(form), bytes.subarray(0, NONCE_LENGTH), {
    authTagLength: TAG_LENGTH,
  });
  decipher.setAuthTag(bytes.subarray(-TAG_LENGTH));
  const text = decipher.update(bytes.subarray(NONCE_LENGTH, -TAG_LENGTH));
  return JSON.parse(Buffer.concat([text, decipher.final()]).toString('utf8')) as FirstAnswer;
}

function keyOf(form: PostedForm): Buffer {
  return Buffer.from(hkdfSync('sha256', secretOf(form), '', 'nestjs-tempid first answer', 32));
}

/** None of the three holds a line break: an authentic token as it is written, a key of one shape, a hash. */
function secretOf({ token, browser, click }: PostedForm): string {
  return [token, browser, createHash('sha256').update(click).digest('base64url')].join('\n');
}
