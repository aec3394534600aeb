import { TempIDConfigurationError, TempIDPayloadError } from '../common/errors.js';
import { assertGiven, readOptions } from '../common/validation.js';
import type { CodeShapeOptions } from '../codes/code-shape.js';
import type { MintCodeOptions } from '../codes/mint-code-options.js';
import type { CommonMintOptions, Lifetime, MintOptions } from './mint-options.js';
import type { ResolvedOptions } from '../config/options.js';
import { toPayload } from '../token/payload.js';
import { Refusal } from '../common/refusal.js';
import { onlyBesideKind } from './verify-options.js';
import type { KindRegistry } from '../kinds/kind-registry.js';
import { type Content, contentOf } from '../kinds/payload-content.js';
import { type AnyTempIDKind, definitionOf, TempIDKind } from '../kinds/tempid-kind.js';

/** What `mint` takes beside a kind and its payload. What the kind says for all its tokens is refused here. */
export type KindMintOptions = Lifetime &
  Pick<
    CommonMintOptions<unknown>,
    'maxUses' | 'subject' | 'notBefore' | 'boundTo' | 'format' | 'replace'
  >;

/** What `mintCode` takes beside a kind and its payload. */
export type KindMintCodeOptions = Lifetime &
  CodeShapeOptions &
  Pick<CommonMintOptions<unknown>, 'subject' | 'notBefore' | 'replace'> &
  Pick<MintCodeOptions, 'maxAttempts'>;

/** What a call is given to mint: nothing, options, or a kind, perhaps its payload, and options beside it. */
export type MintArguments<Options extends object, BesideKind extends object> = [
  given?: Options | AnyTempIDKind,
  payload?: unknown,
  besideKind?: BesideKind,
];

/**
 * @param call its name, for messages
 * @throws TempIDConfigurationError for a kind or options that are undefined, and for what nobody would heed
 */
export function readMintArguments<Options extends object, BesideKind extends object>(
  call: string,
  args: MintArguments<Options, BesideKind>,
) {
  assertGiven(args, call, ['a kind or options', null, 'options beside the kind']);
  const [given = {} as Options, payload, besideKind = {} as BesideKind] = args;
  if (given instanceof TempIDKind)
    return { kind: given, given: {} as Options, payload, besideKind };
  if (args.length > 1) throw onlyBesideKind(call);
  return { kind: null, given, payload, besideKind };
}

/** Options as if no kind were there, and what the kind made of the payload. */
export interface Minting<Options> {
  readonly options: Options;
  readonly content: Content;
}

const NAMES: ReadonlySet<string> = new Set([
  'expiresIn',
  'expiresAt',
  'maxUses',
  'subject',
  'notBefore',
  'boundTo',
  'format',
  'replace',
]);

const CODE_NAMES: ReadonlySet<string> = new Set([
  'expiresIn',
  'expiresAt',
  'subject',
  'notBefore',
  'replace',
  'maxAttempts',
  'digits',
  'alphabet',
  'length',
]);

/**
 * What is minted for a kind.
 *
 * @throws TempIDConfigurationError for an option that is wrong or the kind's to say, and where there is nothing to
 *   bind the token to
 * @throws TempIDPayloadError, TempIDPayloadTooLargeError for a payload that does not fit
 */
export async function toMinting(
  kind: AnyTempIDKind,
  payload: unknown,
  given: KindMintOptions,
  defaults: ResolvedOptions,
  kinds: KindRegistry,
): Promise<Minting<MintOptions<object | null>>> {
  const options = readOptions(given, NAMES, `mint of the kind '${kind.purpose}'`);
  const { said, content } = await say(kind, payload, options, defaults);
  const boundTo = 'boundTo' in options ? {} : await bind(kind, content, options, defaults, kinds);
  const { maxUses } = kind;
  const merged = { ...options, ...said, ...(maxUses !== undefined && { maxUses }), ...boundTo };
  return { options: merged as MintOptions<object | null>, content };
}

/** As {@link toMinting}, for a code. */
export async function toCodeMinting(
  kind: AnyTempIDKind,
  payload: unknown,
  given: KindMintCodeOptions,
  defaults: ResolvedOptions,
): Promise<Minting<MintCodeOptions<object | null>>> {
  const options = readOptions(given, CODE_NAMES, `mintCode of the kind '${kind.purpose}'`);
  assertKindOfCodes(kind);
  const { said, content } = await say(kind, payload, options, defaults);
  return { options: { ...options, ...said } as MintCodeOptions<object | null>, content };
}

/** @throws TempIDConfigurationError where a kind says what a code says */
export function assertKindOfCodes(kind: AnyTempIDKind): void {
  const { maxUses, boundTo } = definitionOf(kind);
  if (maxUses === undefined && !boundTo) return;
  throw new TempIDConfigurationError(
    `The kind '${kind.purpose}' has '${boundTo ? 'boundTo' : 'maxUses'}', and a challenge is bound to its code and ` +
      `has 'maxAttempts': define another kind for codes.`,
  );
}

interface Said {
  readonly said: Partial<MintOptions<object | null>>;
  readonly content: Content;
}

async function say(
  kind: AnyTempIDKind,
  payload: unknown,
  options: KindMintOptions,
  { maxPayloadBytes }: ResolvedOptions,
): Promise<Said> {
  assertOpen(kind, options);
  // The schema sees what it will see when the token is read, whatever getters the object has.
  const json =
    payload === undefined || payload === null ? null : toPayload(payload, maxPayloadBytes);
  const content = await contentOf(kind, json);
  if (content instanceof Refusal) throw new TempIDPayloadError(content.reason);
  const { purpose, expiresIn, audience } = kind;
  const said = {
    purpose,
    payload: json,
    ...(expiresIn !== undefined && { expiresIn }),
    ...(audience !== undefined && { audience }),
  };
  return { said, content };
}

/** What a kind says, it says for all its tokens. */
function assertOpen(kind: AnyTempIDKind, options: KindMintOptions): void {
  const { expiresIn, expiresAt, maxUses } = options;
  const fixed = [
    ['expiresIn', kind.expiresIn, expiresIn],
    ['expiresIn', kind.expiresIn, expiresAt],
    ['maxUses', kind.maxUses, maxUses],
  ] as const;
  for (const [name, ofKind, given] of fixed) {
    if (ofKind === undefined || given === undefined) continue;
    throw new TempIDConfigurationError(
      `The kind '${kind.purpose}' says '${name}' for all its tokens: say it there or in mint, not in both.`,
    );
  }
}

async function bind(
  kind: AnyTempIDKind,
  { payload }: Content,
  options: KindMintOptions,
  defaults: ResolvedOptions,
  kinds: KindRegistry,
): Promise<{ boundTo?: string }> {
  if (!definitionOf(kind).boundTo) return {};
  const { purpose } = kind;
  const subject = options.subject ?? null;
  const audience = kind.audience ?? defaults.audience;
  const boundTo = await kinds.bindingOf(kind, { payload, subject, purpose, audience });
  if (typeof boundTo === 'string' && boundTo !== '') return { boundTo };
  throw new TempIDConfigurationError(
    `'boundTo' of the kind '${purpose}' found nothing that the token could be bound to` +
      `${subject === null ? ', and no subject was given' : ''}: give mint what it looks up by, or 'boundTo' itself.`,
  );
}
