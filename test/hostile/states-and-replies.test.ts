/**
 * Every place in the tables of session.ts and transactions.ts at which a reply is awaited, crossed with every kind of reply,
 * in every mode. In memory: a good dialog up to that place, one odd reply, a good dialog again, then silence for ever.
 *
 * Asserted for each: the reply was reached, the first message ends as the tables say, every message given ends exactly
 * once, the session closes, and who is accepted got a 2yz. RecordingOwner holds the session to its contract.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Session } from '#src/smtp/session.js';
import type { SessionOptions } from '#src/smtp/session-options.js';
import { MemoryWorld } from '#test/smtp/memory-transport.js';
import { credentials, sessionIdentity, sessionOptions, tlsOptions } from '#test/smtp/options.js';
import { type Done, RecordingOwner } from '#test/smtp/recording-owner.js';
import { testMessage } from '#test/smtp/test-message.js';
import { FuzzServer } from './fuzz-server.js';

const REPLIES = {
  '1yz': '150 wait\r\n',
  '2yz': '299 fine\r\n',
  '3yz': '399 more\r\n',
  '4yz': '450 later\r\n',
  '421': '421 going\r\n',
  '5yz': '550 no\r\n',
  malformed: 'well, ok\r\n',
} as const;
type Kind = keyof typeof REPLIES;

const CHUNKED = { chunkBytes: 60, pipelining: 'auto' } as const;
const MODES: Readonly<Record<string, Partial<SessionOptions>>> = {
  off: { pipelining: 'off' },
  auto: { pipelining: 'auto' },
  coalesced: { pipelining: 'coalesced' },
  chunking: { ...CHUNKED },
  window: { ...CHUNKED, window: 3 },
  lmtp: { protocol: 'lmtp', pipelining: 'auto' },
  'lmtp, off': { protocol: 'lmtp', pipelining: 'off' },
  'lmtp, window': { ...CHUNKED, protocol: 'lmtp', window: 3 },
};

const AUTH = { initialResponse: true, allowPlaintext: true };
/** What it takes to get to a step; the others are always on the way. */
const NEEDS: Readonly<Record<string, Partial<SessionOptions>>> = {
  STARTTLS: { tls: tlsOptions({ mode: 'starttls' }) },
  AUTH: { auth: { ...AUTH, method: 'plain' } },
  'AUTH-STEP': { auth: { ...AUTH, method: 'login' } },
  NOOP: { steps: [{ verb: 'NOOP', argument: '' }] },
  VRFY: { steps: [{ verb: 'VRFY', argument: 'alice' }] },
  EXPN: { steps: [{ verb: 'EXPN', argument: 'staff' }] },
  RSET: { rset: true },
};

for (const [mode, options] of Object.entries(MODES)) {
  describe(`mode ${mode}`, () => {
    for (const step of stepsOf(options)) {
      for (const kind of Object.keys(REPLIES) as Kind[]) {
        test(`a ${kind} reply to ${step}`, () => {
          const done = play({ ...options, ...NEEDS[step] }, step, REPLIES[kind]);
          const words = inWords(done[0] as Done);
          assert.match(words, expected(step, kind, options), words);
        });
      }
    }
  });
}

function stepsOf({ protocol, chunkBytes }: Partial<SessionOptions>): string[] {
  const isChunked = chunkBytes !== undefined;
  // Who needs CHUNKING needs EHLO.
  const hello = protocol === 'lmtp' ? ['LHLO'] : isChunked ? ['EHLO'] : ['EHLO', 'HELO'];
  const content = isChunked ? ['BDAT', 'CONTENT'] : ['DATA', 'CONTENT'];
  const before = ['GREETING', ...hello, 'STARTTLS', 'AUTH', 'AUTH-STEP', 'NOOP', 'VRFY', 'EXPN'];
  return [...before, 'MAIL', 'RCPT', ...content, 'RSET', 'idle', 'QUIT'];
}

/** How the first message ends. */
function expected(step: string, kind: Kind, { chunkBytes }: Partial<SessionOptions>): RegExp {
  if (step === 'RSET' || step === 'QUIT' || step === 'idle') return /^accepted CONTENT/;
  const phase = step === 'AUTH-STEP' ? 'AUTH' : step;
  const isAStep = step === 'NOOP' || step === 'VRFY' || step === 'EXPN';
  if (kind === '1yz' || kind === 'malformed') return new RegExp(`^failed ${phase} malformed-reply`);
  if (kind === '421') return new RegExp(`^rejected ${phase} 421`);
  // What steps are answered decides nothing.
  if (isAStep) return /^accepted CONTENT/;
  if (kind === '4yz' || kind === '5yz') {
    // EHLO is tried again as HELO.
    if (step === 'EHLO' && kind === '5yz' && chunkBytes === undefined) return /^accepted CONTENT/;
    return new RegExp(`^rejected ${phase} ${kind === '4yz' ? 450 : 550}`);
  }
  const isGood = ['MAIL', 'RCPT', 'CONTENT', 'BDAT'].includes(step);
  if (kind === '2yz' && isGood) return /^accepted CONTENT/;
  return new RegExp(`^failed ${phase} unexpected-reply`);
}

function inWords({ outcome, phase, cause, code, text }: Done): string {
  return `${outcome} ${phase} ${cause === '' ? code : cause} (${text})`;
}

function play(options: Partial<SessionOptions>, step: string, odd: string): readonly Done[] {
  const world = new MemoryWorld();
  const messages = [1, 2, 3].map((number) => testMessage(number, ['a@example.test'], 150));
  const owner = new RecordingOwner({
    queue: messages,
    sends: true,
    quits: step !== 'idle',
    takesOffers: true,
  });
  const identity = sessionIdentity(world.identity.openTransport, { credentials: credentials('u', 'p') });
  const session = new Session(sessionOptions({ ehlo: 'x', ...options }), identity, world.context, owner);
  owner.sendNext(session);
  const isReached = talk(world, options, step, odd);
  endAll(world, session, owner);
  assert.ok(isReached, `${step} was never said`);
  assert.equal(world.deadlines.size, 0, 'a deadline is left behind');
  assert.equal(world.last.lateWrites, 0, 'written after the end');
  assert.equal(owner.done.length, 3 - messages.length, 'every message given ends once');
  for (const { outcome, code } of owner.done)
    assert.ok(outcome !== 'accepted' || (code >= 200 && code < 300), `accepted by ${code}`);
  return owner.done;
}

/** Says what is good until nothing is asked any more, but `odd` the first time `step` is to be answered. */
function talk(world: MemoryWorld, options: Partial<SessionOptions>, step: string, odd: string): boolean {
  const server = serverFor(options);
  let isSaid = false;
  const say = (at: string, good: string) => {
    const isNow: boolean = at === step && !isSaid;
    isSaid ||= isNow;
    world.nowUs += 10;
    if (!world.last.isDestroyed) world.last.say(isNow ? odd : good);
  };
  world.last.connect();
  say('GREETING', '220 hi\r\n');
  for (let quiet = 0; quiet < 2; ) {
    if (world.last.isTlsAwaited) world.last.secure();
    const owed = server.feed(world.last.writes.splice(0).join(''));
    quiet = owed.length === 0 ? quiet + 1 : 0;
    for (const { step: at, text } of owed) {
      // To see HELO, EHLO must be refused.
      if (at === 'EHLO' && step === 'HELO') say(at, '500 what?\r\n');
      else say(at, text);
    }
    world.settle();
  }
  if (step === 'idle') say('idle', '');
  return isSaid;
}

function serverFor({ protocol }: Partial<SessionOptions>): FuzzServer {
  const capabilities = ['PIPELINING', 'STARTTLS', 'AUTH PLAIN LOGIN', 'CHUNKING'];
  return new FuzzServer({ capabilities, isLmtp: protocol === 'lmtp', prdr: false });
}

function endAll(world: MemoryWorld, session: Session, owner: RecordingOwner): void {
  for (let tries = 0; owner.closed === 0; tries++) {
    assert.ok(tries < 30, 'the session does not end');
    if (owner.inFlight.size === 0) session.quit();
    world.advance(20_000_000);
  }
}
