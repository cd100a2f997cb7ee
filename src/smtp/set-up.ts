/**
 * Set-up: a session from the connection to the moment it can take a message. Part of the session machine, see session.ts.
 *
 *   waits for   entered by                     a reply moves it to
 *   GREETING    connected, or TLS from start   220 → EHLO · else refused
 *   EHLO        GREETING, TLS, XCLIENT         2yz → the next thing to do · 5yz → HELO where nothing needs EHLO · else refused
 *   HELO        EHLO, or in its place          250 → the next thing to do · else refused
 *   STARTTLS    next                           220 → TLS, EHLO · else refused, or with fallback next
 *   XCLIENT     next                           220 → EHLO · else refused
 *   AUTH        next                           334 → AUTH · 235 → next · else refused
 *   XFORWARD    next                           250 → next · else refused
 *
 * The next thing to do: STARTTLS, XCLIENT (or that first), AUTH, XFORWARD, as far as wanted and not yet done; then it is set up. What is wanted
 * and not offered ends it, and so does a password about to be shown in plain text, or a server that should have proved
 * itself and did not. A PROXY header comes first of all. RFC 5321 §3.1, §3.2, RFC 3207, RFC 4954, RFC 3030.
 */
import type { Abandon } from '../scenario/client-options.js';
import type { Credentials, MailParameters } from '../scenario/scenario.js';
import { type Capabilities, NO_CAPABILITIES, parseCapabilities } from './capabilities.js';
import { COMMAND_NAMES, Command, type CommandId } from './command.js';
import type { FailureCause } from './failure.js';
import { proxyHeader } from './proxy-header.js';
import type { ReplyClass } from './reply-class.js';
import type { ReplyView } from './reply-parser.js';
import { createExchange, type ExchangeOptions, showsSecret } from './sasl/create-exchange.js';
import type { Exchange } from './sasl/exchange.js';
import type { SessionIdentity, SessionOptions, SessionStamps } from './session-options.js';
import type { Wire } from './wire.js';
import { attributeLine, attributeLines, notTaken } from './x-attributes.js';

export interface SetUpListener {
  /** It can take a message. */
  onSetUp(): void;
  /** This reply ends the session. */
  onRefused(command: CommandId, reply: ReplyView, klass: ReplyClass): void;
  /** We end it, because of what the server does not offer or did not prove. */
  onImpossible(obstacle: Obstacle): void;
  /** Whether the session is to be abandoned here; then it has been. */
  isAbandonedAt(phase: Abandon['phase'], when: Abandon['when']): boolean;
}

export interface Obstacle {
  readonly command: CommandId;
  readonly cause: FailureCause;
  readonly class: ReplyClass;
  readonly message: string;
}

/** What of a session its set-up needs. */
export interface SetUpContext {
  readonly wire: Wire;
  readonly options: SessionOptions;
  readonly identity: SessionIdentity;
  readonly stamps: SessionStamps;
  /** TLS failed on an earlier connection, and plain text will do. */
  readonly hasFallenBack: boolean;
}

export class SetUp {
  capabilities: Capabilities = NO_CAPABILITIES;
  isSecure = false;
  hasFallenBack: boolean;
  readonly #wire: Wire;
  readonly #options: SessionOptions;
  readonly #identity: SessionIdentity;
  readonly #stamps: SessionStamps;
  readonly #listener: SetUpListener;
  #isClientTold = false;
  #exchange: Exchange | null = null;
  #isAuthCancelled = false;
  #isAuthenticated = false;
  /** Lines still to be said; null before the first. */
  #forwards: string[] | null = null;

  constructor(context: SetUpContext, listener: SetUpListener) {
    this.#wire = context.wire;
    this.#options = context.options;
    this.#identity = context.identity;
    this.#stamps = context.stamps;
    this.hasFallenBack = context.hasFallenBack;
    this.#listener = listener;
  }

  onConnect(): void {
    if (this.#identity.proxy !== null) this.#sayProxy(this.#identity.proxy);
    if (this.#listener.isAbandonedAt('CONNECT', 'sent') || this.#listener.isAbandonedAt('CONNECT', 'reply'))
      return;
    if (this.#options.tls.mode === 'implicit') this.#beginTls();
    else this.#awaitGreeting();
  }

  onSecure(): void {
    this.#stamps.securedAtUs = this.#wire.nowUs;
    this.isSecure = true;
    if (this.#options.tls.mode === 'implicit') return this.#awaitGreeting();
    // RFC 3207 §4: after the 220, TLS comes before anything else, QUIT too.
    if (this.#quitsOnPurpose && this.#listener.isAbandonedAt('STARTTLS', 'reply')) return;
    this.#sayEhlo();
  }

  onReply(command: CommandId, reply: ReplyView, klass: ReplyClass): void {
    if (command === Command.GREETING) this.#onGreeting(reply, klass);
    else if (command === Command.STARTTLS) this.#onStartTls(reply, klass);
    else if (command === Command.XCLIENT) this.#onXclient(reply, klass);
    else if (command === Command.AUTH) this.#onAuth(reply, klass);
    else if (command === Command.XFORWARD) this.#onXforward(reply, klass);
    else this.#onEhlo(command, reply, klass);
  }

  /** Plain text will do where TLS fails. */
  get mayFallBack(): boolean {
    return this.#options.tls.mode === 'opportunistic' && this.#options.tls.fallback;
  }

  #sayProxy(proxy: NonNullable<SessionIdentity['proxy']>): void {
    const { localAddress, localPort, remoteAddress, remotePort } = this.#wire;
    const local = { address: localAddress, port: localPort };
    const remote = { address: remoteAddress, port: remotePort };
    this.#wire.write(proxyHeader(proxy, { local, remote }));
  }

  #awaitGreeting(): void {
    this.#wire.expect(Command.GREETING, this.#wire.nowUs, null);
    this.#listener.isAbandonedAt('GREETING', 'sent');
  }

  #onGreeting(reply: ReplyView, klass: ReplyClass): void {
    if (reply.code !== 220) return this.#listener.onRefused(Command.GREETING, reply, klass);
    this.#stamps.greetedAtUs = this.#wire.nowUs;
    if (!this.#listener.isAbandonedAt('GREETING', 'reply')) this.#sayEhlo();
  }

  #sayEhlo(): void {
    const { protocol, hello } = this.#options;
    const ofSmtp = hello === 'helo' ? Command.HELO : Command.EHLO;
    const command = protocol === 'lmtp' ? Command.LHLO : ofSmtp;
    this.#wire.command(command, `${COMMAND_NAMES[command]} ${this.#ehloName()}\r\n`);
    this.#listener.isAbandonedAt('EHLO', 'sent');
  }

  #ehloName(): string {
    if (this.#options.ehlo !== null) return this.#options.ehlo;
    const local = this.#wire.localAddress;
    if (local === '') return 'localhost';
    return local.includes(':') ? `[IPv6:${local}]` : `[${local}]`;
  }

  #onEhlo(command: CommandId, reply: ReplyView, klass: ReplyClass): void {
    if (reply.code >= 500 && command === Command.EHLO && !this.#needsEhlo())
      return this.#wire.command(Command.HELO, `HELO ${this.#ehloName()}\r\n`);
    if (reply.code !== 250) return this.#listener.onRefused(command, reply, klass);
    this.capabilities = command === Command.HELO ? NO_CAPABILITIES : parseCapabilities(reply.text());
    if (!this.#listener.isAbandonedAt('EHLO', 'reply')) this.#goOn();
  }

  #needsEhlo(): boolean {
    const { tls, auth, chunkBytes, parameters } = this.#options;
    const { xclient, xforward } = this.#identity;
    const needsTls = tls.mode === 'starttls' && this.#mayStartTls;
    const needsAttributes = xclient !== null || xforward !== null;
    return needsTls || auth !== null || needsAttributes || chunkBytes !== null || needsExtensions(parameters);
  }

  /** The next thing to do. */
  #goOn(): void {
    const { auth, chunkBytes, tls, xclientBeforeTls } = this.#options;
    const { xclient, xforward } = this.#identity;
    const tellsClient = xclient !== null && !this.#isClientTold;
    if (tellsClient && xclientBeforeTls) this.#sayXclient(xclient);
    else if (this.#mayStartTls && (tls.mode === 'starttls' || this.capabilities.startTls))
      this.#sayStartTls();
    else if (tellsClient) this.#sayXclient(xclient);
    else if (chunkBytes !== null && !this.capabilities.chunking)
      this.#notOffered(Command.BDAT, 'protocol', 'CHUNKING');
    else if (auth !== null && !this.#isAuthenticated) this.#sayAuth(auth);
    else if (xforward !== null && this.#forwards?.length !== 0) this.#sayXforward(xforward);
    else this.#listener.onSetUp();
  }

  get #mayStartTls(): boolean {
    const { mode } = this.#options.tls;
    return !this.isSecure && !this.hasFallenBack && !this.#identity.isPlain && mode !== 'none';
  }

  #sayStartTls(): void {
    if (!this.capabilities.startTls) return this.#notOffered(Command.STARTTLS, 'tls', 'STARTTLS');
    this.#wire.command(Command.STARTTLS, 'STARTTLS\r\n');
    this.#listener.isAbandonedAt('STARTTLS', 'sent');
  }

  #onStartTls(reply: ReplyView, klass: ReplyClass): void {
    if (reply.code !== 220) {
      if (!this.mayFallBack) return this.#listener.onRefused(Command.STARTTLS, reply, klass);
      this.hasFallenBack = true;
      return this.#goOn();
    }
    // Whatever came with the 220 came in plain text: somebody put it there (CVE-2011-0411).
    if (this.#wire.unreadBytes > 0) return this.#wire.fail('bytes-after-starttls');
    if (!this.#quitsOnPurpose && this.#listener.isAbandonedAt('STARTTLS', 'reply')) return;
    this.#beginTls();
  }

  get #quitsOnPurpose(): boolean {
    return this.#identity.abandon?.how === 'quit';
  }

  #beginTls(): void {
    this.#stamps.tlsAtUs = this.#wire.nowUs;
    this.#wire.startTls();
  }

  #sayXclient(attributes: NonNullable<SessionIdentity['xclient']>): void {
    const missing = notTaken(attributes, this.capabilities.xclient);
    if (missing.length > 0)
      return this.#notOffered(Command.XCLIENT, 'protocol', `XCLIENT ${missing.join(' ')}`);
    this.#isClientTold = true;
    this.#wire.command(Command.XCLIENT, `${attributeLine('XCLIENT', attributes)}\r\n`);
  }

  /** The server is back at its greeting. */
  #onXclient(reply: ReplyView, klass: ReplyClass): void {
    if (reply.code !== 220) this.#listener.onRefused(Command.XCLIENT, reply, klass);
    else this.#sayEhlo();
  }

  #sayAuth({ method, initialResponse, allowPlaintext }: NonNullable<SessionOptions['auth']>): void {
    const credentials = this.#identity.credentials as Credentials;
    const exchange = createExchange(method, credentials, this.#exchangeOptions());
    if (showsSecret(method) && !this.isSecure && !allowPlaintext)
      return this.#failAuth('plaintext-refused', `AUTH ${exchange.mechanism} without TLS is not allowed`);
    if (!this.capabilities.auth.includes(exchange.mechanism))
      return this.#notOffered(Command.AUTH, 'smtp_auth', `AUTH ${exchange.mechanism}`);
    this.#exchange = exchange;
    this.#wire.command(Command.AUTH, `${exchange.command(initialResponse)}\r\n`);
    this.#listener.isAbandonedAt('AUTH', 'sent');
  }

  #exchangeOptions(): Partial<ExchangeOptions> {
    const { nonce } = this.#identity;
    const { protocol, tls } = this.#options;
    const uri = `${protocol}/${tls.servername ?? (this.#wire.remoteAddress || 'localhost')}`;
    return { uri, ...(nonce !== undefined && { nonce }) };
  }

  #onAuth(reply: ReplyView, klass: ReplyClass): void {
    const exchange = this.#exchange as Exchange;
    if (reply.code === 235) return this.#onAuthenticated(exchange);
    if (reply.code !== 334) return this.#listener.onRefused(Command.AUTH, reply, klass);
    if (this.#isAuthCancelled) return this.#wire.failUnexpected(reply);
    const answer = exchange.answer(reply.text());
    if (exchange.serverProof === 'wrong') return this.#failUnproven();
    // RFC 4954 §4: a lone asterisk cancels an exchange that makes no sense.
    this.#isAuthCancelled = answer === null;
    this.#wire.command(Command.AUTH, `${answer ?? '*'}\r\n`);
  }

  #onAuthenticated(exchange: Exchange): void {
    if (exchange.serverProof !== 'good') return this.#failUnproven();
    this.#isAuthenticated = true;
    this.#exchange = null;
    if (!this.#listener.isAbandonedAt('AUTH', 'reply')) this.#goOn();
  }

  /** It says that it knows who we are, but cannot show that it knows the password (RFC 5802 §5). */
  #failUnproven(): void {
    this.#failAuth('server-unproven', 'the server does not prove that it knows the password');
  }

  #failAuth(cause: FailureCause, message: string): void {
    this.#listener.onImpossible({ command: Command.AUTH, cause, class: 'smtp_auth', message });
  }

  #sayXforward(attributes: NonNullable<SessionIdentity['xforward']>): void {
    const missing = notTaken(attributes, this.capabilities.xforward);
    if (missing.length > 0)
      return this.#notOffered(Command.XFORWARD, 'protocol', `XFORWARD ${missing.join(' ')}`);
    this.#forwards ??= attributeLines('XFORWARD', attributes);
    const line = this.#forwards.shift();
    if (line === undefined) this.#goOn();
    else this.#wire.command(Command.XFORWARD, `${line}\r\n`);
  }

  #onXforward(reply: ReplyView, klass: ReplyClass): void {
    if (reply.code !== 250) this.#listener.onRefused(Command.XFORWARD, reply, klass);
    else this.#goOn();
  }

  #notOffered(command: CommandId, klass: ReplyClass, what: string): void {
    const message = `the server does not offer ${what}`;
    this.#listener.onImpossible({ command, cause: 'not-offered', class: klass, message });
  }
}

/** Parameters that HELO has no place for. */
function needsExtensions(parameters: MailParameters): boolean {
  const { body, smtputf8, dsn, requireTls, deliverBy, priority, prdr, mail, rcpt } = parameters;
  const isForced = body === '8bitmime' || body === 'binarymime' || smtputf8 === 'force' || requireTls || prdr;
  return isForced || dsn !== null || deliverBy !== null || priority !== null || mail.length + rcpt.length > 0;
}
