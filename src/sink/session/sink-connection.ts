/**
 * SinkConnection: what the verbs of one client's session do.
 *
 * TLS, AUTH, XCLIENT and what is wrong with a command are smtp-server's. Ours are EHLO, the mail transaction and its
 * content (command-stream.ts): a repeated recipient is not folded, addresses stay as they were given, nothing waits for
 * another turn of the event loop. A command is handled when the one before it is answered, however long that took, so
 * replies keep their order. RFC 5321, RFC 2033 (LMTP), RFC 3030 (CHUNKING).
 */
import { type AddressCommand, parseAddressCommand } from './address-command.js';
import { BoundedContent } from './bounded-content.js';
import { hiddenParameter, isHiddenCommand, offeredKeywords } from './capabilities.js';
import type { CommandStream } from './command-stream.js';
import type { Intake } from './intake.js';
import * as say from './reply.js';
import { type Settler, settle } from './settlement.js';
import { argumentOf, type Done, TreatedConnection } from './treated-connection.js';

export class SinkConnection extends TreatedConnection implements Settler {
  #mailParameters: AddressCommand['args'] = false;
  #recipientParameters: AddressCommand['args'][] = [];
  /** What BDAT has brought so far; null outside of it. */
  #chunks: BoundedContent | null = null;

  get isLmtp(): boolean {
    return this.host.isLmtp;
  }

  get limitBytes(): number {
    return this.host.limitBytes;
  }

  get intake(): Intake {
    return this.host.intake;
  }

  override _onCommand(command: Buffer, callback: Done = ignore): void {
    const verb = verbOf(command);
    if (!this._nextHandler) this.out.instead = null;
    if (this._upgrading || !this._ready || this._nextHandler) return super._onCommand(command, callback);
    if (this.host.isClosing) return this.sayShuttingDown();
    if (isHiddenCommand(verb, this.host.hidden)) return this.answer(say.NOT_IMPLEMENTED, callback);
    const mayMail = this.hostNameAppearsAs && (this.session.user || !this.host.needsAuth);
    if (!mayMail) return super._onCommand(command, callback);
    const next = () => {
      this._handlerPending = false;
      this._whenWritable(callback);
    };
    this._handlerPending = true;
    switch (verb) {
      case 'MAIL':
        return this.handler_MAIL(command, next);
      case 'RCPT':
        return this.handler_RCPT(command, next);
      case 'DATA':
        return this.handler_DATA(command, next);
      case 'BDAT':
        return this.handler_BDAT(command, next);
      default:
        this._handlerPending = false;
        return super._onCommand(command, callback);
    }
  }

  override handler_EHLO(command: Buffer, callback: Done): void {
    this.judged('EHLO', command, callback, () => this.#hello(command, callback));
  }

  #hello(command: Buffer, callback: Done): void {
    const [, name = '', ...more] = command.toString().trim().split(/\s+/);
    if (name === '' || more.length > 0 || name.length > 300 || UNPRINTABLE.test(name)) {
      this.send(501, `Error: syntax: ${this.isLmtp ? 'LHLO' : 'EHLO'} hostname`, false);
      return callback();
    }
    this.hostNameAppearsAs = name.toLowerCase();
    this._resetSession();
    const keywords = offeredKeywords({
      hidden: this.host.hidden,
      limitBytes: this.limitBytes,
      isSecure: this.secure,
      hasStartTls: this._isSupported('STARTTLS'),
      hasAuth: this._isSupported('AUTH') && !this.session.user,
      hasXclient: this._proxyCommandAllowed('XCLIENT', 'useXClient'),
      hasXforward: this._proxyCommandAllowed('XFORWARD', 'useXForward'),
    });
    this.send(250, [`${this.name} greets ${this.clientHostname}`, ...keywords], false);
    callback();
  }

  override handler_HELO(command: Buffer, callback: Done): void {
    this.judged('HELO', command, callback, () => super.handler_HELO(command, callback));
  }

  override handler_STARTTLS(command: Buffer, callback: Done): void {
    this.judged('STARTTLS', command, callback, () => super.handler_STARTTLS(command, callback));
  }

  override handler_AUTH(command: Buffer, callback: Done): void {
    this.judged('AUTH', command, callback, () => super.handler_AUTH(command, callback));
  }

  override handler_XCLIENT(command: Buffer, callback: Done): void {
    this.judged('XCLIENT', command, callback, () => super.handler_XCLIENT(command, callback));
  }

  override handler_RSET(command: Buffer, callback: Done): void {
    this.judged('RSET', command, callback, () => super.handler_RSET(command, callback));
  }

  override handler_NOOP(command: Buffer, callback: Done): void {
    this.judged('NOOP', command, callback, () => super.handler_NOOP(command, callback));
  }

  override handler_VRFY(command: Buffer, callback: Done): void {
    this.judged('VRFY', command, callback, () => super.handler_VRFY(command, callback));
  }

  handler_EXPN(command: Buffer, callback: Done): void {
    this.judged('EXPN', command, callback, () => this.answer(say.NOT_IMPLEMENTED, callback));
  }

  override handler_HELP(command: Buffer, callback: Done): void {
    this.judged('HELP', command, callback, () => super.handler_HELP(command, callback));
  }

  override handler_QUIT(command: Buffer, callback: Done): void {
    this.judged('QUIT', command, callback, () => super.handler_QUIT(command, callback));
  }

  override handler_MAIL(command: Buffer, callback: Done): void {
    const parsed = parseAddressCommand('MAIL', command.toString());
    if (parsed === null) return this.answer(say.BAD_SENDER, callback);
    if (this.#isRefused(parsed, MAIL_VALUES, callback)) return;
    if (this.sender !== null) return this.answer(say.NESTED_SENDER, callback);
    const problem = parsed.args === false ? null : this._validateMailParams(parsed as never);
    if (problem !== null) {
      this.send(problem.code, problem.message, problem.enhancedCode ?? undefined);
      return callback();
    }
    this.treatments.held = null;
    const accept = () => {
      this.sender = parsed.address;
      this.#mailParameters = parsed.args;
      // smtp-server refuses XCLIENT in a transaction by this.
      this.session.envelope.mailFrom = { address: parsed.address, args: parsed.args };
      this.answer(say.SENDER_OK, callback);
    };
    if (!this.treatments.watches('MAIL')) return accept();
    const sizeBytes = Number(parsed.args === false ? 0 : (parsed.args.SIZE ?? 0));
    this.decide('MAIL', { from: parsed.address, argument: argumentOf(command), sizeBytes }, callback, accept);
  }

  override handler_RCPT(command: Buffer, callback: Done): void {
    const parsed = parseAddressCommand('RCPT', command.toString());
    if (parsed === null) return this.answer(say.BAD_RECIPIENT, callback);
    if (this.#isRefused(parsed, RCPT_VALUES, callback)) return;
    if (this.sender === null) return this.answer(say.NEED_SENDER, callback);
    if (!isNotify(parsed)) {
      this.send(501, 'Error: NOTIFY parameter must be NEVER, or SUCCESS, FAILURE and DELAY');
      return callback();
    }
    const { maxRecipients } = this.host;
    if (maxRecipients > 0 && this.recipients.length >= maxRecipients) {
      return this.answer(say.TOO_MANY_RECIPIENTS, callback);
    }
    const accept = () => {
      this.recipients.push(parsed.address);
      this.#recipientParameters.push(parsed.args);
      this.answer(say.RECIPIENT_OK, callback);
    };
    if (!this.treatments.watches('RCPT')) return accept();
    this.decide('RCPT', { recipient: parsed.address, argument: argumentOf(command) }, callback, accept);
  }

  override handler_DATA(command: Buffer, callback: Done): void {
    if (this.recipients.length === 0 || this.#chunks !== null) {
      return this.answer(this.sender === null ? say.NEED_SENDER : say.NEED_RECIPIENT, callback);
    }
    this.judged('DATA', command, callback, () => {
      this.out.say(say.START_INPUT);
      this.judged('INPUT', null, callback, () => {
        const content = new BoundedContent(this.limitBytes);
        this.#stream.collect(content, (next) => this.#onContent(content.take(), next));
        callback();
      });
    });
  }

  /** RFC 3030 §2: its octets follow at once, whatever is answered. */
  handler_BDAT(command: Buffer, callback: Done): void {
    const match = /^BDAT[ \t]+(\d{1,15})([ \t]+LAST)?[ \t]*$/i.exec(command.toString());
    if (match === null) {
      // How much follows is not known: nothing after it could be understood.
      this.send(421, 'Error: syntax: BDAT size [LAST]');
      return;
    }
    const octets = Number(match[1]);
    const onChunk = (next: Done) => this.#onChunk(command, match[2] !== undefined, next);
    if (octets === 0) return onChunk(callback);
    this.#stream.collectExactly(octets, this.#chunk(), onChunk);
    callback();
  }

  /** Where the octets of a chunk go; nowhere without a recipient. */
  #chunk(): BoundedContent {
    if (this.recipients.length === 0) return new BoundedContent(0);
    this.#chunks ??= new BoundedContent(this.limitBytes);
    return this.#chunks;
  }

  #onChunk(command: Buffer, isLast: boolean, next: Done): void {
    if (this.recipients.length === 0) {
      return this.answer(this.sender === null ? say.NEED_SENDER : say.NEED_RECIPIENT, next);
    }
    const chunks = this.#chunk();
    const refused = () => {
      this._resetSession();
      next();
    };
    this.judged('BDAT', command, refused, () => {
      if (isLast) this.#onContent(chunks.take(), next);
      else this.answer(say.CHUNK_OK, next);
    });
  }

  #onContent(content: Buffer | null, next: Done): void {
    if (this.isGone) return;
    this._handlerPending = true;
    const transaction = {
      session: this.id,
      peer: this.remoteAddress,
      from: this.sender ?? '',
      recipients: this.recipients,
      parameters: { mail: this.#mailParameters, recipients: this.#recipientParameters },
    };
    settle(this, transaction, content, () => {
      this._handlerPending = false;
      this._transactionCounter++;
      this._unrecognizedCommands = 0;
      this._resetSession();
      this._whenWritable(next);
    });
  }

  override _resetSession(): void {
    super._resetSession();
    this.#mailParameters = false;
    this.#recipientParameters = [];
    this.#chunks = null;
  }

  #isRefused(parsed: AddressCommand, valued: string[], callback: Done): boolean {
    if (parsed.args === false) return false;
    const hidden = hiddenParameter(parsed.args, this.host.hidden);
    if (hidden === null) return this._rejectInvalidParams(parsed as never, valued, callback);
    this.send(555, `Error: ${hidden} parameter not supported`);
    callback();
    return true;
  }

  get #stream(): CommandStream {
    return this._parser as CommandStream;
  }
}

const MAIL_VALUES = ['BODY', 'SIZE', 'RET', 'ENVID'];
const RCPT_VALUES = ['NOTIFY', 'ORCPT'];
const NOTIFY = /^(?:NEVER|(?:SUCCESS|FAILURE|DELAY)(?:,(?:SUCCESS|FAILURE|DELAY))*)$/i;
const UNPRINTABLE = /[\x00-\x1f\x7f-\x9f]/;
const SPACE = 0x20;

function verbOf(command: Buffer): string {
  const space = command.indexOf(SPACE);
  return command.toString('latin1', 0, space < 0 ? command.length : space).toUpperCase();
}

function isNotify({ args }: AddressCommand): boolean {
  const notify = args === false ? undefined : args.NOTIFY;
  return notify === undefined || (typeof notify === 'string' && NOTIFY.test(notify));
}

function ignore(): void {}
