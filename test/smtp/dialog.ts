/**
 * SMTP dialogs as text: parses a transcript, plays the server's part to a real Session over a transport in memory,
 * and checks every line the client says and what became of every message. test/dialogs/README.md describes the format.
 */
import assert from 'node:assert/strict';
import type { Abandon } from '#src/scenario/client-options.js';
import type { AuthMethod, Credentials, TlsOptions } from '#src/scenario/scenario.js';
import { enhancedText } from '#src/smtp/reply-parser.js';
import { Session } from '#src/smtp/session.js';
import type { ProxyHeaderOptions, SessionOptions } from '#src/smtp/session-options.js';
import { type MemoryTransport, MemoryWorld } from './memory-transport.js';
import { credentials, NO_PARAMETERS, sessionOptions, tlsOptions } from './options.js';
import { RecordingOwner } from './recording-owner.js';
import { type TestMessage, testMessage } from './test-message.js';

export interface Dialog {
  readonly title: string;
  /** Where it begins in its file, for messages. */
  readonly line: number;
  readonly settings: ReadonlyMap<string, string>;
  readonly messages: readonly TestMessage[];
  readonly steps: readonly Step[];
}

interface Step {
  readonly line: number;
  readonly kind: 'client' | 'client-same-write' | 'server' | 'action' | 'expectation';
  readonly text: string;
}

const MARKS: Readonly<Record<string, Step['kind']>> = {
  'C: ': 'client',
  'C+ ': 'client-same-write',
  'S: ': 'server',
  '! ': 'action',
  '= ': 'expectation',
};

/** Actions that may come before the connection is up. */
const UNCONNECTED: ReadonlySet<string> = new Set([
  'refused',
  'error',
  'wait',
  'interrupt',
  'quit',
  'send',
  'noop',
]);

/** All dialogs of one file; each begins with a line `## title`. */
export function parseDialogs(text: string): Dialog[] {
  const dialogs: { title: string; line: number; lines: [number, string][] }[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    if (line.startsWith('## ')) dialogs.push({ title: line.slice(3), line: index + 1, lines: [] });
    else if (line !== '' && !line.startsWith('# ')) dialogs.at(-1)?.lines.push([index + 1, line]);
  }
  return dialogs.map(({ title, line, lines }) => ({ title, line, ...parseLines(lines) }));
}

function parseLines(lines: readonly [number, string][]): Omit<Dialog, 'title' | 'line'> {
  const settings = new Map<string, string>();
  const messages: TestMessage[] = [];
  const steps: Step[] = [];
  for (const [line, text] of lines) {
    const mark = Object.keys(MARKS).find((prefix) => text.startsWith(prefix));
    if (mark !== undefined) steps.push({ line, kind: MARKS[mark]!, text: text.slice(mark.length) });
    else if (text === '--') steps.push({ line, kind: 'action', text: 'pause' });
    else {
      const [word = '', ...rest] = text.split(' ');
      const isChunked = settings.has('chunking');
      if (word === 'send') messages.push(parseMessage(messages.length + 1, rest, isChunked));
      else settings.set(word, rest.join(' '));
    }
  }
  return { settings, messages, steps };
}

/** `send RECIPIENT… [size=BYTES] [from=ADDRESS] [envid=TEXT] [first=US] [8bit] [utf8]` */
function parseMessage(number: number, words: readonly string[], isChunked: boolean): TestMessage {
  const facts = words.filter((word) => /^(?:\w+=|8bit$|utf8$)/.test(word));
  const to = words.filter((word) => !facts.includes(word));
  const given = new Map(facts.map((fact) => fact.split('=', 2) as [string, string]));
  return testMessage(number, to, Number(given.get('size') ?? 100), {
    isChunked,
    is8bit: given.has('8bit'),
    isUtf8: given.has('utf8'),
    from: given.get('from') ?? 'sender@example.test',
    envid: given.get('envid') ?? '',
    firstMailAtUs: Number(given.get('first') ?? 0),
  });
}

/** Plays the dialog; throws an AssertionError that names the line which went otherwise. */
export function playDialog(dialog: Dialog): void {
  new Player(dialog).play();
}

class Player {
  readonly #dialog: Dialog;
  readonly #world = new MemoryWorld();
  readonly #owner: RecordingOwner;
  readonly #session: Session;
  #line = 0;
  /** The server's lines not yet sent: those in a row go out in one chunk. */
  #speech = '';
  /** What is left of the client's write that is being heard. */
  #unheard = '';
  readonly #judged = new Set<number>();

  constructor(dialog: Dialog) {
    this.#dialog = dialog;
    const { settings, messages } = dialog;
    const isManual = settings.has('manual');
    this.#owner = new RecordingOwner({
      queue: [...messages],
      sends: !isManual,
      quits: !isManual && !settings.has('stay'),
      takesOffers: !settings.has('declines'),
    });
    const identity = {
      ...this.#world.identity,
      credentials: credentialsOf(settings),
      nonce: () => settings.get('nonce') ?? '',
      xclient: attributesOf(settings.get('xclient')),
      xforward: attributesOf(settings.get('xforward')),
      isPlain: settings.has('plain-session'),
      proxy: proxyOf(settings.get('proxy')),
      abandon: abandonOf(settings),
    };
    this.#session = new Session(optionsOf(settings), identity, this.#world.context, this.#owner);
    if (settings.has('quits-when-done')) this.#owner.whenDone = (session) => session.quit();
    if (!isManual) this.#owner.sendNext(this.#session);
  }

  play(): void {
    try {
      for (const step of this.#dialog.steps) this.#step(step);
      this.#speak();
      this.#checkEnd();
    } catch (error) {
      if (error instanceof Error) error.message = `line ${this.#line}: ${error.message}`;
      throw error;
    }
  }

  get #connection(): MemoryTransport {
    return this.#world.last;
  }

  #step({ kind, text, line }: Step): void {
    if (kind === 'server') {
      this.#line = line;
      this.#speech += text.endsWith('\\') ? text.slice(0, -1) : `${text}\r\n`;
      return;
    }
    this.#speak();
    this.#line = line;
    if (kind === 'action') this.#act(text);
    else if (kind === 'expectation') this.#expect(text);
    else this.#hear(text, kind === 'client-same-write');
  }

  /** The client must have said nothing that the dialog has not heard when the server speaks. */
  #speak(): void {
    const speech = this.#speech;
    this.#speech = '';
    if (speech === '') return;
    this.#connect();
    this.#assertSilent('the client said more than this before the server spoke');
    assert.equal(this.#connection.isDestroyed, false, 'the client had hung up before the server spoke');
    this.#world.nowUs += 1_000;
    this.#connection.say(speech.replaceAll('\\0', '\0'));
    this.#world.settle();
  }

  #connect(): void {
    if (this.#connection.isConnected) return;
    this.#world.nowUs += 1_000;
    this.#connection.remoteAddress = this.#dialog.settings.get('address') ?? '127.0.0.2';
    this.#connection.connect();
    this.#world.settle();
  }

  #hear(text: string, isSameWrite: boolean): void {
    this.#connect();
    if (isSameWrite) assert.notEqual(this.#unheard, '', 'to come in the same write as the line before');
    else {
      assert.equal(this.#unheard, '', 'there was more in the write before');
      this.#unheard = this.#connection.writes.shift() ?? '';
    }
    const expected = this.#contentOr(text);
    const length = text.endsWith('…}') ? this.#unheard.length : expected.length;
    assert.equal(this.#unheard.slice(0, length), expected.slice(0, length));
    this.#unheard = this.#unheard.slice(length);
  }

  #assertSilent(message: string): void {
    const said = [this.#unheard, ...this.#connection.writes].join('');
    assert.equal(said, '', message);
  }

  /** `{content 1}` stands for the first message on the wire, `{content 1 9-}` for it from its tenth byte on. */
  #contentOr(text: string): string {
    const match = /^\{content (\d+)(?: (\d+)-(\d*))?…?\}$/.exec(text);
    // One character per byte, as on the wire.
    if (match === null) return `${Buffer.from(text, 'utf8').toString('latin1')}\r\n`;
    const { wire } = this.#message(Number(match[1]));
    if (match[2] === undefined) return wire;
    return wire.slice(Number(match[2]), match[3] === '' ? wire.length : Number(match[3]));
  }

  #message(number: number): TestMessage {
    const message = this.#dialog.messages[number - 1];
    assert.ok(message !== undefined, `there is no message ${number}`);
    return message;
  }

  #act(text: string): void {
    const [verb = '', argument = ''] = text.split(' ');
    if (!UNCONNECTED.has(verb)) this.#connect();
    if (verb === 'pause') this.#world.nowUs += 1_000;
    else if (verb === 'wait') this.#world.advance(Number(argument.replace(/s$/, '')) * 1e6);
    else if (verb === 'close') this.#connection.fin();
    else if (verb === 'reset') this.#connection.fail('ECONNRESET');
    else if (verb === 'refused') this.#connection.fail('ECONNREFUSED');
    else if (verb === 'error') this.#connection.fail(argument, `${argument} happened`);
    else if (verb === 'secured') this.#endHandshake(() => this.#connection.secure());
    else if (verb === 'handshake-fails') this.#endHandshake(() => this.#connection.fail('ERR_SSL_X'));
    else if (verb === 'stall') this.#connection.isStalled = true;
    else if (verb === 'flush') this.#connection.flush();
    else if (verb === 'interrupt') this.#session.interrupt();
    else if (verb === 'quit') this.#session.quit();
    else if (verb === 'noop') this.#session.noop();
    else if (verb === 'send') this.#owner.sendNext(this.#session);
    else assert.fail(`no such action: ${text}`);
    this.#world.settle();
  }

  #endHandshake(end: () => void): void {
    assert.equal(this.#connection.isTlsAwaited, true, 'the client had not begun with TLS');
    end();
  }

  /** `N outcome key=value…` for a message, `session open|closed key=value…` for the session. */
  #expect(text: string): void {
    const [subject = '', state = '', ...pairs] = text.split(' ');
    const expected = Object.fromEntries(pairs.map((pair) => pair.split('=') as [string, string]));
    const actual = subject === 'session' ? this.#sessionState() : this.#messageState(Number(subject));
    const compared = Object.fromEntries(Object.keys(expected).map((key) => [key, actual[key]]));
    assert.deepEqual({ state: actual.state, ...compared }, { state, ...expected });
  }

  #sessionState(): Record<string, string> {
    const { fault } = this.#session;
    const { isEnded, isReset } = this.#connection;
    return {
      state: this.#owner.closed === 1 ? 'closed' : 'open',
      fault: fault === null ? 'none' : fault.cause,
      phase: fault?.phase ?? '',
      code: String(fault?.code ?? 0),
      class: fault?.class ?? '',
      secure: this.#session.isSecure ? 'yes' : 'no',
      fallback: this.#session.hasFallenBack ? 'yes' : 'no',
      offers: String(this.#owner.offers),
      readies: String(this.#owner.readies),
      left: isReset ? 'reset' : isEnded ? 'fin' : 'no',
      connections: String(this.#world.connections.length),
    };
  }

  #messageState(number: number): Record<string, string> {
    this.#judged.add(number);
    const message = this.#message(number);
    const done = this.#owner.done.find(({ transaction }) => transaction === message);
    if (done === undefined) return { state: this.#owner.inFlight.has(message) ? 'in-flight' : 'unsent' };
    return {
      state: done.outcome,
      phase: done.phase,
      scope: done.scope,
      cause: done.cause,
      code: String(done.code),
      enhanced: enhancedText(done.enhanced),
      class: done.class,
      text: done.text.replaceAll(' ', '_'),
      accepted: String(done.accepted),
      refused: String(done.refused),
      refusals: done.refusals.map(({ recipient, code }) => `${recipient}:${code}`).join(','),
      doubt: done.isInDoubt ? 'yes' : 'no',
      written: done.mailAtUs > 0 ? 'yes' : 'no',
    };
  }

  #checkEnd(): void {
    this.#assertSilent('the client said more than the dialog');
    const forgotten = this.#dialog.messages.filter((_, index) => !this.#judged.has(index + 1));
    assert.equal(forgotten.length, 0, 'the dialog does not say what becomes of every message');
    for (const { lateWrites } of this.#world.connections)
      assert.equal(lateWrites, 0, 'written after the end');
    assert.equal(this.#world.deadlines.size, 1 - this.#owner.closed, 'a deadline is left behind');
  }
}

function optionsOf(settings: ReadonlyMap<string, string>): SessionOptions {
  const [mode = 'none', ...words] = (settings.get('tls') ?? 'none').split(' ');
  const [method = ''] = (settings.get('auth') ?? '').split(' ');
  return sessionOptions({
    protocol: settings.has('lmtp') ? 'lmtp' : 'smtp',
    tls: tlsOptions({ mode: mode as TlsOptions['mode'], fallback: words.includes('fallback') }),
    auth: method === '' ? null : authOf(method as AuthMethod, settings),
    ehlo: settings.get('ehlo') ?? 'client.example.test',
    hello: settings.has('helo') ? 'helo' : 'ehlo',
    xclientBeforeTls: settings.has('xclient-before-tls'),
    pipelining: (settings.get('pipelining') ?? 'off') as SessionOptions['pipelining'],
    parameters: { ...NO_PARAMETERS, ...JSON.parse(settings.get('parameters') ?? '{}') },
    chunkBytes: settings.has('chunking') ? Number(settings.get('chunking') || Infinity) : null,
    window: Number(settings.get('window') ?? 1),
    limits: settings.has('ignores-limits') ? 'ignore' : 'honour',
    rset: settings.has('rset'),
    steps: stepsOf(settings),
    bodyBytesPerSec: settings.has('body-rate') ? Number(settings.get('body-rate')) : null,
    isAllowed: (address) => address.startsWith('127.'),
  });
}

/** `steps NOOP, VRFY alice` */
function stepsOf(settings: ReadonlyMap<string, string>): SessionOptions['steps'] {
  const steps = settings.get('steps')?.split(', ') ?? [];
  return steps.map((step) => {
    const [verb, ...argument] = step.split(' ');
    return { verb: verb as 'NOOP', argument: argument.join(' ') };
  });
}

/** `abandon PHASE sent|reply quit|drop|reset|half-close [share=0.5]` */
function abandonOf(settings: ReadonlyMap<string, string>): Abandon | null {
  const [phase, when, how, share = 'share=1'] = (settings.get('abandon') ?? '').split(' ');
  if (when === undefined) return null;
  return { phase, when, how, contentShare: Number(share.slice(6)), share: 1 } as Abandon;
}

function authOf(method: AuthMethod, settings: ReadonlyMap<string, string>): SessionOptions['auth'] {
  return {
    method,
    initialResponse: !settings.has('no-initial-response'),
    allowPlaintext: !settings.has('no-plaintext'),
  };
}

function credentialsOf(settings: ReadonlyMap<string, string>): Credentials {
  const [, user = '', pass = ''] = (settings.get('auth') ?? '').split(' ');
  return { ...credentials(user, pass), authzid: settings.get('authzid') ?? '' };
}

/** `NAME=value NAME=value`; `_` stands for a space. */
function attributesOf(text: string | undefined): Record<string, string> | null {
  if (text === undefined) return null;
  const pairs = text.split(' ').map((pair) => pair.replaceAll('_', ' ').split('=') as [string, string]);
  return Object.fromEntries(pairs);
}

/** `VERSION [local] [from=IP:PORT] [to=IP:PORT]` */
function proxyOf(text: string | undefined): ProxyHeaderOptions | null {
  if (text === undefined) return null;
  const words = text.split(' ');
  const after = (key: string) => words.find((word) => word.startsWith(key))?.slice(key.length) ?? null;
  return {
    version: words[0] === '2' ? 2 : 1,
    isLocal: words.includes('local'),
    source: after('from='),
    destination: after('to='),
  };
}
