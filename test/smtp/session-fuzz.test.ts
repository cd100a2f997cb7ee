/**
 * A hostile server: any bytes in any chunks at any time, with closes, errors, stalls and time in between, against every
 * mode of the client. The owner (recording-owner.ts) checks the contract; here it is checked that everything ends.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ABANDON_PHASES } from '#src/scenario/client-options.js';
import { AUTH_METHODS } from '#src/scenario/scenario.js';
import { Session } from '#src/smtp/session.js';
import type { SessionIdentity, SessionOptions } from '#src/smtp/session-options.js';
import { type MemoryTransport, MemoryWorld } from './memory-transport.js';
import { credentials, NO_PARAMETERS, tlsOptions } from './options.js';
import { type Done, RecordingOwner } from './recording-owner.js';
import { testMessage } from './test-message.js';

const RUNS = Number(process.env.MAILBENCH_FUZZ_RUNS ?? 2_000);
/** Other streams every time, unless a failure's seed is given to see it again. */
const SEED = process.env.MAILBENCH_FUZZ_SEED;
/** What these streams reach is asserted, so they are always the same. */
const COVERAGE = { seed: 20_251_129, numRuns: 2_500 };

type Step =
  /** Says what the client waits for, so that the dialog gets somewhere. */
  | { readonly kind: 'fitting' }
  /** The same, but the answer to one command is another. */
  | { readonly kind: 'but'; readonly at: number; readonly reply: string }
  | { readonly kind: 'say'; readonly text: string }
  | { readonly kind: 'wait'; readonly us: number }
  | {
      readonly kind: 'fin' | 'reset' | 'stall' | 'flush' | 'secure' | 'send' | 'noop' | 'quit' | 'interrupt';
    };

const reply = fc
  .tuple(
    fc.constantFrom(
      200,
      220,
      221,
      235,
      250,
      251,
      334,
      353,
      354,
      421,
      450,
      451,
      452,
      500,
      502,
      550,
      503,
      552,
      554,
      599,
    ),
    fc.constantFrom(
      'ok',
      '5.1.1 no',
      '2.0.0 yes',
      'PIPELINING',
      'STARTTLS',
      `AUTH ${AUTH_METHODS.join(' ')}`,
      'XCLIENT NAME',
      '',
    ),
    fc.integer({ min: 1, max: 3 }),
  )
  .map(([code, text, lines]) => `${`${code}-${text}\r\n`.repeat(lines - 1)}${code} ${text}\r\n`);

const text = fc.oneof(
  { weight: 8, arbitrary: reply },
  { weight: 3, arbitrary: fc.array(reply, { maxLength: 5 }).map((replies) => replies.join('')) },
  { weight: 1, arbitrary: reply.map((whole) => whole.slice(0, -3)) },
  { weight: 1, arbitrary: fc.string({ maxLength: 20 }) },
);

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 30, arbitrary: fc.constant<Step>({ kind: 'fitting' }) },
  {
    weight: 6,
    arbitrary: fc
      .tuple(fc.nat({ max: 4 }), reply)
      .map(([at, said]): Step => ({ kind: 'but', at, reply: said })),
  },
  { weight: 3, arbitrary: text.map((said): Step => ({ kind: 'say', text: said })) },
  {
    weight: 2,
    arbitrary: fc.integer({ min: 0, max: 20_000_000 }).map((us): Step => ({ kind: 'wait', us })),
  },
  { weight: 5, arbitrary: fc.constantFrom<Step>({ kind: 'stall' }, { kind: 'flush' }) },
  {
    weight: 4,
    arbitrary: fc.constantFrom<Step>({ kind: 'fin' }, { kind: 'reset' }, { kind: 'quit' }),
  },
  { weight: 2, arbitrary: fc.constantFrom<Step>({ kind: 'secure' }, { kind: 'send' }, { kind: 'noop' }) },
  { weight: 2, arbitrary: fc.constant<Step>({ kind: 'interrupt' }) },
);

function mapConstants<T extends object>(values: T): { [K in keyof T]: fc.Arbitrary<T[K]> } {
  const entries = Object.entries(values).map(([key, value]) => [key, fc.constant(value)]);
  return Object.fromEntries(entries) as { [K in keyof T]: fc.Arbitrary<T[K]> };
}

const options: fc.Arbitrary<SessionOptions> = fc.record({
  protocol: fc.constantFrom('smtp', 'lmtp'),
  parameters: fc.record({
    ...mapConstants(NO_PARAMETERS),
    prdr: fc.constantFrom(false, false, true),
    body: fc.constantFrom('auto', 'auto', 'binarymime', '7bit'),
  }),
  chunkBytes: fc.constantFrom(null, null, 25_000, 70_000, Number.MAX_SAFE_INTEGER),
  window: fc.constantFrom(1, 2, 3),
  limits: fc.constantFrom('honour', 'ignore'),
  rset: fc.boolean(),
  steps: fc.constantFrom([], [], [], [{ verb: 'NOOP', argument: '' }]),
  bodyBytesPerSec: fc.constantFrom(null, null, null, 20_000),
  tls: fc.record({
    ...mapConstants(tlsOptions()),
    mode: fc.constantFrom('none', 'none', 'none', 'opportunistic', 'starttls', 'implicit'),
    verify: fc.boolean(),
    fallback: fc.boolean(),
  }),
  auth: fc.option(
    fc.record({
      method: fc.constantFrom('plain', 'login', ...AUTH_METHODS),
      initialResponse: fc.boolean(),
      allowPlaintext: fc.constantFrom(true, true, true, false),
    }),
  ),
  ehlo: fc.constantFrom('x', null),
  hello: fc.constantFrom('ehlo', 'ehlo', 'ehlo', 'helo'),
  xclientBeforeTls: fc.boolean(),
  pipelining: fc.constantFrom('off', 'auto', 'coalesced'),
  isAllowed: fc.constant(() => true),
});

/** What it is for the server is its own; mostly nothing. */
const identities: fc.Arbitrary<Partial<SessionIdentity>> = fc.record({
  nonce: fc.constant(() => 'nonce'),
  xclient: fc.constantFrom(null, null, null, { NAME: 'a' }),
  xforward: fc.constantFrom(
    null,
    null,
    null,
    { NAME: 'a' },
    { NAME: 'a'.repeat(300), HELO: 'b'.repeat(300) },
  ),
  isPlain: fc.constantFrom(false, false, true),
  proxy: fc.constantFrom(null, null, null, { version: 2, isLocal: false, source: null, destination: null }),
  abandon: fc.oneof(
    { weight: 4, arbitrary: fc.constant(null) },
    {
      weight: 1,
      arbitrary: fc.record({
        phase: fc.constantFrom(...ABANDON_PHASES),
        when: fc.constantFrom('sent', 'reply'),
        how: fc.constantFrom('quit', 'drop', 'reset', 'half-close'),
        contentShare: fc.constantFrom(0, 0.5, 1),
        share: fc.constant(1),
      }),
    },
  ),
});

const owners = fc.record({
  sends: fc.boolean(),
  quits: fc.boolean(),
  takesOffers: fc.boolean(),
  recipients: fc.integer({ min: 1, max: 3 }),
  sizeBytes: fc.constantFrom(50, 60_000, 65_536, 200_000),
  /** What it does inside `onDone`. */
  whenDone: fc.constantFrom('nothing', 'nothing', 'quit', 'interrupt'),
});

/** Dialogs begin well, for a while, so that what comes then finds the session in any state; some with a stalled write. */
const steps: fc.Arbitrary<Step[]> = fc
  .tuple(fc.nat({ max: 14 }), fc.option(fc.nat({ max: 14 })), fc.array(step, { maxLength: 60 }))
  .map(([length, stallAt, rest]) => {
    const start = Array.from({ length }, (_, i): Step => ({ kind: i === stallAt ? 'stall' : 'fitting' }));
    return [...start, ...rest];
  });

const property = (see: (done: readonly Done[]) => void = () => {}) =>
  fc.property(options, identities, owners, steps, (session, identity, owner, all) =>
    see(fuzz(session, identity, owner, all)),
  );

test('whatever a server does, every message ends once, the session closes, and nothing is written after it', () => {
  const seed = SEED === undefined ? {} : { seed: Number(SEED) };
  fc.assert(property(), { numRuns: RUNS, includeErrorInReport: true, ...seed });
});

test('the hostile server gets everywhere', () => {
  const seen = new Set<string>();
  const see = (done: readonly Done[]) => {
    for (const { outcome, phase, isInDoubt } of done)
      seen.add(`${outcome} ${phase}${isInDoubt ? ' in doubt' : ''}`);
  };
  fc.assert(property(see), COVERAGE);
  const phases = ['MAIL', 'RCPT', 'DATA', 'CONTENT'];
  const wanted = ['rejected', 'failed', 'interrupted'].flatMap((outcome) =>
    phases.map((phase) => `${outcome} ${phase}`),
  );
  const others = [
    'accepted CONTENT',
    'rejected BDAT',
    'failed BDAT',
    'interrupted BDAT',
    'rejected NOOP',
    'failed MAIL in doubt',
    'failed CONTENT in doubt',
    'interrupted CONTENT in doubt',
    'rejected AUTH',
    'rejected XCLIENT',
    'rejected XFORWARD',
    'failed AUTH',
    'interrupted connect',
    'interrupted EHLO',
  ];
  const missing = [...wanted, ...others].filter((kind) => !seen.has(kind));
  assert.deepEqual(missing, []);
});

interface Owner {
  readonly sends: boolean;
  readonly quits: boolean;
  readonly takesOffers: boolean;
  readonly recipients: number;
  readonly sizeBytes: number;
  readonly whenDone: 'nothing' | 'quit' | 'interrupt';
}

function fuzz(
  sessionOptions: SessionOptions,
  identity: Partial<SessionIdentity>,
  { recipients, sizeBytes, whenDone, ...rest }: Owner,
  steps: readonly Step[],
) {
  const world = new MemoryWorld();
  const to = ['a@example.test', 'b@example.test', 'c@example.test'].slice(0, recipients);
  const isChunked = sessionOptions.chunkBytes !== null;
  const queue = [1, 2, 3, 4, 5].map((number) =>
    testMessage(number, to, sizeBytes, { isChunked, is8bit: number === 3 }),
  );
  const owner = new RecordingOwner({ queue, ...rest });
  const session = new Session(
    sessionOptions,
    { ...world.identity, credentials: credentials('u', 'p'), ...identity },
    world.context,
    owner,
  );
  owner.whenDone = () => {
    // `quit` is only for when nothing is in flight.
    if (whenDone === 'interrupt') session.interrupt();
    else if (whenDone === 'quit' && owner.inFlight.size === 0) session.quit();
  };
  owner.sendNext(session);
  for (const one of steps) {
    play(one, world, session, owner);
    world.settle();
  }
  endAll(world, session, owner);
  assert.equal(world.deadlines.size, 0, 'a deadline is left behind');
  for (const { lateWrites } of world.connections) assert.equal(lateWrites, 0, 'written after the end');
  const isAbandoned = owner.done.some(({ cause }) => cause === 'abandoned');
  if (isAbandoned) assert.equal(session.fault, null, 'to go on purpose is no fault');
  return owner.done;
}

function play(step: Step, world: MemoryWorld, session: Session, owner: RecordingOwner): void {
  const connection = world.last;
  world.nowUs += 100;
  if (step.kind === 'wait') return world.advance(step.us);
  if (step.kind === 'interrupt') return session.interrupt();
  // As an owner may: when nothing is in flight, or with an offer still open.
  const isIdle = owner.inFlight.size === 0;
  if (step.kind === 'quit') return isIdle ? session.quit() : undefined;
  const canSend = isIdle || (owner.hasOffer && session.room > 0);
  if (step.kind === 'send') return canSend ? owner.sendNext(session) : undefined;
  if (step.kind === 'noop') return session.noop();
  if (connection.isDestroyed) return;
  if (step.kind === 'reset') return connection.fail('ECONNRESET');
  if (!connection.isConnected) return connection.connect();
  if (step.kind === 'secure') return connection.isTlsAwaited ? connection.secure() : undefined;
  if (step.kind === 'fin') return connection.fin();
  if (step.kind === 'flush') return connection.flush();
  if (step.kind === 'stall') connection.isStalled = true;
  else if (connection.isTlsAwaited) connection.secure();
  else connection.say(step.kind === 'say' ? step.text : fitting(connection, step));
}

/** Good answers to all that was said since the last time, or all but one; a greeting when nothing was. */
function fitting(connection: MemoryTransport, step: Step): string {
  if (connection.writes.length === 0) return connection.isGreeted ? '' : greet(connection);
  const answers = connection.writes
    .splice(0)
    .join('')
    .split('\r\n')
    .slice(0, -1)
    .map((line) => answerTo(line))
    .filter((answer) => answer !== '');
  if (step.kind === 'but' && answers.length > 0) answers[step.at % answers.length] = step.reply;
  return answers.join('');
}

function greet(connection: MemoryTransport): string {
  connection.isGreeted = true;
  return '220 hi\r\n';
}

const CAPABILITIES = [
  'PIPELINING',
  'STARTTLS',
  `AUTH ${AUTH_METHODS.join(' ')}`,
  'XCLIENT NAME',
  'XFORWARD NAME HELO',
  '8BITMIME',
  'CHUNKING',
  'BINARYMIME',
  'PRDR',
];
const base64 = (text: string) => Buffer.from(text).toString('base64');
const SCRAM_FIRST = base64('n,,n=u,r=nonce');
/** How what `u` says begins: of PLAIN, CRAM, XOAUTH2, OAUTHBEARER and NTLM. */
const ANSWERS = ['AHUAcA==', 'dSA', 'dXNlcj11', 'bixhPXUs', 'TlRM'];

function answerTo(line: string): string {
  const verb = line.slice(0, 4);
  if (verb === 'EHLO' || verb === 'LHLO')
    return `250-hi\r\n${CAPABILITIES.map((offer) => `250-${offer}\r\n`).join('')}250 HELP\r\n`;
  if (verb === 'AUTH') return line.split(' ').length > 2 ? '235 ok\r\n' : '334 eA==\r\n';
  // One that cannot prove itself in SCRAM is not believed, so this goes as far as it can.
  if (line === SCRAM_FIRST) return `334 ${base64('r=nonce,s=eA==,i=1')}\r\n`;
  if (ANSWERS.some((start) => line.startsWith(start))) return '235 ok\r\n';
  if (line === '*') return '501 no\r\n';
  if (verb === 'XCLI') return '220 hi\r\n';
  if (verb === 'XFOR' || verb === 'NOOP') return '250 ok\r\n';
  if (verb === 'STAR') return '220 go\r\n';
  if (verb === 'QUIT') return '221 bye\r\n';
  if (verb === 'DATA') return '354 go\r\n';
  if (line === 'cA==') return '235 ok\r\n';
  if (line === 'dQ==') return '334 y\r\n';
  if (verb === 'MAIL' || verb === 'RCPT' || verb === 'RSET' || line === '.') return '250 ok\r\n';
  if (verb === 'BDAT') return '250 ok\r\n';
  return '';
}

/** The server falls silent for ever; then the owner says QUIT, and that is not answered either. */
function endAll(world: MemoryWorld, session: Session, owner: RecordingOwner): void {
  for (let tries = 0; owner.closed === 0; tries++) {
    assert.ok(tries < 30, 'the session does not end');
    if (owner.inFlight.size === 0) session.quit();
    world.advance(20_000_000);
  }
}
