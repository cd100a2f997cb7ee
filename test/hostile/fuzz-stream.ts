/**
 * One fuzzed run: bytes decide the options of the client, what its owner does, and the stream of a server that starts from
 * a valid dialog and flips, splits, doubles, cuts, delays and injects, closes and resets. In memory and in virtual time.
 *
 * Throws when a property does not hold: every message ends exactly once; the session closes, whatever was awaited; no
 * deadline is left and nothing is written after the end; what is accepted was answered with a 2yz; copies add up; of
 * write buffers none is lent any more when all is out, and none is given back twice. RecordingOwner holds the session to its contract.
 */
import assert from 'node:assert/strict';
import type { Step } from '#src/scenario/client-options.js';
import { AUTH_METHODS, type AuthMethod } from '#src/scenario/scenario.js';
import { Session } from '#src/smtp/session.js';
import type { SessionIdentity, SessionOptions } from '#src/smtp/session-options.js';
import { WriteBuffer } from '#src/smtp/write-buffer.js';
import { type MemoryTransport, MemoryWorld } from '#test/smtp/memory-transport.js';
import { credentials, NO_PARAMETERS, tlsOptions } from '#test/smtp/options.js';
import { type Done, RecordingOwner } from '#test/smtp/recording-owner.js';
import { type TestMessage, testMessage } from '#test/smtp/test-message.js';
import { ByteReader } from './byte-reader.js';
import { FuzzServer, type Offers } from './fuzz-server.js';

const CAPABILITIES = [
  'PIPELINING',
  'STARTTLS',
  'AUTH PLAIN LOGIN CRAM-MD5 CRAM-SHA1 DIGEST-MD5 NTLM SCRAM-SHA-256 XOAUTH2 OAUTHBEARER EXTERNAL',
  'SIZE 1000000',
  'CHUNKING',
  'BINARYMIME',
  '8BITMIME',
  'SMTPUTF8',
  'DSN',
  'PRDR',
  'LIMITS MAILMAX=2 RCPTMAX=2',
  'XCLIENT NAME ADDR',
  'XFORWARD NAME ADDR',
  'ENHANCEDSTATUSCODES',
];
const CODES = [
  250, 550, 450, 421, 354, 220, 221, 235, 334, 353, 251, 299, 399, 452, 500, 502, 503, 552, 554, 599,
];
const TEXTS = [
  'ok',
  '5.1.1 no',
  '2.0.0 yes',
  '',
  '4.7.0 greylisted',
  'cj0=',
  'PIPELINING',
  '\x00\xff\x1b[2J',
];
const JUNK = ['\r\n', '\n', '\r', '25\r\n', '2x0 ok\r\n', '000 no\r\n', '250', '250-', 'junk', '\x00', '*'];
const SIZES = [50, 50, 50, 50, 50, 300, 5_000, 65_536, 200_000];
const RECIPIENTS = ['a@example.test', 'b@example.test', 'c@example.test'];
const STEPS: readonly (readonly Step[])[] = [
  [],
  [{ verb: 'NOOP', argument: '' }],
  [
    { verb: 'VRFY', argument: 'alice' },
    { verb: 'EXPN', argument: 'staff' },
  ],
];

/**
 * Which bytes decide what. Each part reads from its start and may be given further choices at its end: byte 0 is the plain
 * choice everywhere, so that a stream kept long ago still says what it said.
 */
const PARTS = { options: [0, 32], offers: [32, 64], owner: [64, 80], identity: [80, 96] } as const;
export const HEADER_BYTES = 96;

export function playStream(bytes: Uint8Array): readonly Done[] {
  return new Run(bytes).play();
}

class CountingBuffer extends WriteBuffer {
  readonly lent = new Set<Buffer>();
  override lend(): Buffer {
    const buffer = super.lend();
    this.lent.add(buffer);
    return buffer;
  }
  override giveBack(buffer: Buffer): void {
    assert.ok(this.lent.delete(buffer), 'a write buffer was given back twice, or never lent');
    super.giveBack(buffer);
  }
}

class Run {
  readonly #reader: ByteReader;
  readonly #world = new MemoryWorld();
  readonly #buffers = new CountingBuffer();
  readonly #owner: RecordingOwner;
  readonly #session: Session;
  readonly #offers: Offers;
  readonly #messages: readonly TestMessage[];
  #server: FuzzServer;
  /** Of which connection. */
  #serves: MemoryTransport | null = null;
  /** Replies owed and not yet said. */
  #owed: string[] = [];

  constructor(bytes: Uint8Array) {
    const part = ([from, to]: readonly [number, number]) => new ByteReader(bytes.subarray(from, to));
    this.#reader = new ByteReader(bytes.subarray(HEADER_BYTES));
    const options = optionsOf(part(PARTS.options));
    this.#offers = offersOf(part(PARTS.offers), options);
    this.#server = new FuzzServer(this.#offers);
    const reader = part(PARTS.owner);
    const to = RECIPIENTS.slice(0, 1 + reader.below(3));
    const sizeBytes = reader.oneOf(SIZES);
    this.#messages = [1, 2, 3, 4].map((number) => messageOf(number, to, sizeBytes));
    this.#owner = new RecordingOwner({
      queue: [...this.#messages],
      sends: !reader.chance(64),
      quits: reader.chance(128),
      takesOffers: !reader.chance(64),
    });
    const context = { ...this.#world.context, writeBuffer: this.#buffers };
    this.#session = new Session(
      options,
      identityOf(part(PARTS.identity), options, this.#world),
      context,
      this.#owner,
    );
    this.#actWhenDone(reader.oneOf(['nothing', 'nothing', 'nothing', 'quit', 'interrupt']));
  }

  play(): readonly Done[] {
    this.#owner.sendNext(this.#session);
    for (let steps = 0; !this.#reader.isEmpty && this.#owner.closed === 0 && steps < 400; steps++) {
      this.#world.nowUs += 100;
      this.#step(this.#world.last);
      this.#world.settle();
    }
    this.#endAll();
    this.#assertDone();
    return this.#owner.done;
  }

  #actWhenDone(what: 'nothing' | 'quit' | 'interrupt'): void {
    if (what === 'nothing') return;
    this.#owner.whenDone = () => {
      if (what === 'interrupt') this.#session.interrupt();
      else if (this.#owner.inFlight.size === 0) this.#session.quit();
    };
  }

  #step(connection: MemoryTransport): void {
    if (connection.isDestroyed) return;
    if (!connection.isConnected)
      return this.#reader.chance(8) ? connection.fail('ECONNREFUSED') : this.#connect();
    const what = this.#reader.byte();
    if (what < 200) return this.#sayOwed(connection, 'whole');
    if (what < 206) return this.#sayOwed(connection, 'all');
    if (what < 211) return this.#sayOwed(connection, 'split');
    if (what < 220) return this.#sayOwed(connection, 'other');
    if (what < 224) return this.#sayOwed(connection, 'mutated');
    if (what < 226) return this.#say(connection, this.#reply());
    if (what < 227) return this.#say(connection, this.#reader.oneOf(JUNK));
    if (what < 231) return this.#world.advance(this.#reader.byte() * 100_000);
    if (what < 235) return this.#stall(connection);
    if (what < 247) return this.#flush(connection);
    if (what < 248) return connection.fin();
    if (what < 249) return connection.fail('ECONNRESET');
    if (what < 250) return this.#session.interrupt();
    this.#ownerActs();
  }

  #connect(): void {
    this.#serves = this.#world.last;
    this.#server = new FuzzServer(this.#offers);
    this.#owed = ['220 hi\r\n'];
    this.#world.last.connect();
  }

  /** All is out: nothing is lent any more, unless the session is over and leaves it to the garbage collector. */
  #flush(connection: MemoryTransport): void {
    connection.flush();
    if (connection.isDestroyed || connection.isEnded) return;
    assert.equal(this.#buffers.lent.size, 0, 'a write buffer was not given back');
  }

  #stall(connection: MemoryTransport): void {
    connection.isStalled = true;
  }

  /** As an owner may: when nothing is in flight, or with an offer still open. */
  #ownerActs(): void {
    const isIdle = this.#owner.inFlight.size === 0;
    if (this.#reader.chance(64)) {
      if (isIdle) this.#session.quit();
    } else if (this.#session.isUsable && (isIdle || this.#owner.hasOffer) && this.#session.room > 0) {
      this.#owner.sendNext(this.#session);
    }
  }

  #sayOwed(connection: MemoryTransport, how: 'whole' | 'all' | 'split' | 'other' | 'mutated'): void {
    if (connection.isTlsAwaited)
      return this.#reader.chance(16) ? connection.fail('EPROTO') : connection.secure();
    this.#hear(connection);
    if (how === 'all') return this.#say(connection, this.#owed.splice(0).join(''));
    const reply = this.#owed.shift();
    if (reply === undefined) return;
    if (how === 'whole') this.#say(connection, reply);
    else if (how === 'other') this.#say(connection, this.#reply());
    else if (how === 'mutated') this.#say(connection, this.#mutated(reply));
    else this.#saySplit(connection, reply);
  }

  #hear(connection: MemoryTransport): void {
    if (this.#serves !== connection) return;
    const replies = this.#server.feed(connection.writes.splice(0).join(''));
    this.#owed.push(...replies.map(({ text }) => text));
  }

  #saySplit(connection: MemoryTransport, reply: string): void {
    const at = this.#reader.below(Math.min(255, reply.length + 1));
    this.#say(connection, reply.slice(0, at));
    if (this.#reader.chance(64)) this.#world.advance(this.#reader.byte() * 100_000);
    this.#say(connection, reply.slice(at));
  }

  #mutated(reply: string): string {
    const at = this.#reader.below(Math.min(255, reply.length + 1));
    const kind = this.#reader.below(5);
    if (kind === 0) return reply + reply;
    if (kind === 1) return reply.slice(0, at);
    if (kind === 2) return reply.slice(at);
    const flipped = String.fromCharCode(reply.charCodeAt(at % reply.length) ^ (1 << this.#reader.below(8)));
    if (kind === 3) return reply.slice(0, at) + flipped + reply.slice(at + 1);
    return reply.slice(0, at) + this.#reply() + reply.slice(at);
  }

  #reply(): string {
    const code = this.#reader.oneOf(CODES);
    const text = this.#reader.oneOf(TEXTS);
    const more = `${code}-${text}\r\n`.repeat(this.#reader.oneOf([0, 0, 0, 1, 2]));
    return `${more}${code} ${text}\r\n`;
  }

  #say(connection: MemoryTransport, text: string): void {
    if (text !== '' && !connection.isDestroyed) connection.say(text);
  }

  /** The server falls silent for ever; then the owner says QUIT, and that is not answered either. */
  #endAll(): void {
    for (let tries = 0; this.#owner.closed === 0; tries++) {
      assert.ok(tries < 30, 'the session does not end');
      if (this.#owner.inFlight.size === 0) this.#session.quit();
      this.#world.advance(20_000_000);
    }
  }

  #assertDone(): void {
    assert.equal(this.#world.deadlines.size, 0, 'a deadline is left behind');
    for (const { lateWrites } of this.#world.connections)
      assert.equal(lateWrites, 0, 'written after the end');
    for (const done of this.#owner.done) assertAddsUp(done);
  }
}

function assertAddsUp({ transaction, outcome, accepted, refused, code, isInDoubt }: Done): void {
  const isAccepted = outcome === 'accepted';
  const copies = transaction.to.length;
  assert.ok(accepted >= 0 && refused >= 0, 'negative copies');
  assert.ok((isAccepted ? accepted : 0) + refused <= copies, 'more copies than recipients');
  if (isAccepted) assert.ok(accepted > 0, 'accepted for nobody');
  if (isAccepted) assert.ok(code >= 200 && code < 300, `accepted by ${code}`);
  if (outcome === 'rejected')
    assert.ok(code >= 400 && refused === copies, 'rejected in part, or by no refusal');
  if (isInDoubt) assert.ok(outcome === 'failed' || outcome === 'interrupted', `${outcome} and in doubt`);
}

const messages = new Map<string, TestMessage>();

function messageOf(number: number, to: readonly string[], sizeBytes: number): TestMessage {
  const key = `${number} ${to.length} ${sizeBytes}`;
  const known = messages.get(key);
  // Each of them is an object of its own: owners tell messages apart by identity.
  if (known !== undefined) return { ...known };
  const made = testMessage(number, to, sizeBytes);
  messages.set(key, made);
  return { ...made };
}

function optionsOf(reader: ByteReader): SessionOptions {
  const hasTls = reader.chance(64);
  const hasAuth = reader.chance(64);
  const chunkBytes = reader.chance(96) ? reader.oneOf([1_000, 20, 100_000]) : null;
  return {
    protocol: reader.chance(64) ? 'lmtp' : 'smtp',
    tls: tlsOptions({
      mode: hasTls ? reader.oneOf(['starttls', 'opportunistic', 'implicit'] as const) : 'none',
      fallback: reader.chance(128),
    }),
    auth: hasAuth ? authOf(reader) : null,
    hello: 'ehlo',
    xclientBeforeTls: false,
    ehlo: reader.chance(32) ? null : 'x',
    pipelining: reader.oneOf(['auto', 'coalesced', 'off'] as const),
    parameters: {
      ...NO_PARAMETERS,
      prdr: reader.chance(48),
      dsn: reader.chance(32) ? { notify: ['never'], ret: 'hdrs', envid: null, orcpt: true } : null,
    },
    chunkBytes,
    window: chunkBytes === null ? 1 : reader.oneOf([1, 2, 4]),
    limits: reader.oneOf(['honour', 'ignore'] as const),
    rset: reader.chance(48),
    steps: reader.chance(48) ? reader.oneOf(STEPS) : [],
    bodyBytesPerSec: reader.chance(16) ? 20_000 : null,
    isAllowed: () => true,
  };
}

function authOf(reader: ByteReader): NonNullable<SessionOptions['auth']> {
  const method: AuthMethod = reader.oneOf(AUTH_METHODS);
  return { method, initialResponse: reader.chance(128), allowPlaintext: !reader.chance(32) };
}

/** Most servers offer what the client would use; some not. */
function offersOf(reader: ByteReader, { protocol, parameters }: SessionOptions): Offers {
  const capabilities = CAPABILITIES.filter((_, i) => i !== 10 || reader.chance(32)).filter(
    () => !reader.chance(24),
  );
  const prdr = parameters.prdr && capabilities.includes('PRDR');
  return { capabilities, isLmtp: protocol === 'lmtp', prdr };
}

function identityOf(reader: ByteReader, { auth, tls }: SessionOptions, world: MemoryWorld): SessionIdentity {
  const isAbandoned = reader.chance(32);
  const phases = ['CONTENT', 'DATA', 'RCPT', 'MAIL', 'GREETING', 'EHLO', 'CONNECT'] as const;
  return {
    ...world.identity,
    credentials: auth === null ? null : credentials('u', 'p'),
    xclient: reader.chance(16) && tls.mode === 'none' ? { NAME: 'x' } : null,
    xforward: reader.chance(16) ? { NAME: 'x' } : null,
    abandon: isAbandoned
      ? {
          phase: reader.oneOf(phases),
          when: reader.oneOf(['sent', 'reply'] as const),
          how: reader.oneOf(['drop', 'reset', 'half-close'] as const),
          contentShare: reader.byte() / 256,
          share: 1,
        }
      : null,
  };
}
