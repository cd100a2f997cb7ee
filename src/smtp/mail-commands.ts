/**
 * MAIL and RCPT with their parameters, as one session says them, and what stands in the way of a message on it.
 *
 * What is the same for all messages is put together once; per message this costs the strings of its commands. They hold
 * one character per byte. What a message needs, or a scenario asks for, and the server does not offer is an obstacle: the
 * message is not sent, rather than sent otherwise.
 * RFC 1870 (SIZE), RFC 6152 (8BITMIME), RFC 3030 (BINARYMIME), RFC 6531 (SMTPUTF8), RFC 3461 (DSN), RFC 8689 (REQUIRETLS),
 * RFC 2852 (BY), RFC 6710 (MT-PRIORITY), draft-hall-prdr-00 (PRDR), RFC 9422 (LIMITS).
 */
import type { DeliverBy, MailParameters } from '../scenario/scenario.js';
import type { Capabilities } from './capabilities.js';
import { MailLimits } from './mail-limits.js';
import type { MailObstacle, Transaction } from './outcome.js';
import { originalRecipient, utf8Bytes, xtext } from './xtext.js';

export interface MailCommandOptions {
  readonly parameters: MailParameters;
  readonly capabilities: Capabilities;
  readonly isSecure: boolean;
  /** Content goes out with BDAT, which the server offers. */
  readonly isChunked: boolean;
  readonly limits: 'honour' | 'ignore';
}

export class MailCommands {
  readonly #parameters: MailParameters;
  readonly #sendsSize: boolean;
  /** For every message, for those with bytes over 127, and for those that need SMTPUTF8. */
  readonly #obstacle: MailObstacle | null;
  readonly #obstacle8bit: MailObstacle | null;
  readonly #obstacleUtf8: MailObstacle | null;
  readonly #body8bit: string;
  readonly #utf8: string;
  readonly #mailEnd: string;
  readonly #rcptEnd: string;
  readonly #limits: MailLimits | null;

  constructor(options: MailCommandOptions) {
    const { parameters, capabilities } = options;
    const { body, smtputf8 } = parameters;
    this.#parameters = parameters;
    this.#sendsSize = capabilities.size;
    this.#obstacle = obstacleForAll(options);
    this.#obstacle8bit = obstacleFor8bit(parameters, capabilities);
    this.#obstacleUtf8 = capabilities.smtpUtf8 ? null : notOffered('SMTPUTF8');
    this.#body8bit = body === 'auto' ? ' BODY=8BITMIME' : '';
    this.#utf8 = smtputf8 === 'auto' ? ' SMTPUTF8' : '';
    this.#mailEnd = `${mailParameters(parameters).map(utf8Bytes).join('')}\r\n`;
    this.#rcptEnd = `${rcptParameters(parameters).map(utf8Bytes).join('')}\r\n`;
    this.#limits = options.limits === 'honour' ? MailLimits.of(capabilities.limits) : null;
  }

  /** Why this message cannot be sent here; null when it can, and then it is. */
  obstacle(transaction: Transaction): MailObstacle | null {
    if (this.#obstacle !== null) return this.#obstacle;
    if (transaction.is8bit && this.#obstacle8bit !== null) return this.#obstacle8bit;
    if (transaction.isUtf8 && this.#obstacleUtf8 !== null) return this.#obstacleUtf8;
    return this.#limits === null ? null : this.#limits.obstacle(transaction.to);
  }

  /** MAIL, CRLF included. */
  mail({ from, sizeBytes, is8bit, isUtf8, envid }: Transaction): string {
    let line = `MAIL FROM:<${isUtf8 ? utf8Bytes(from) : from}>`;
    if (this.#sendsSize) line += ` SIZE=${sizeBytes}`;
    if (is8bit) line += this.#body8bit;
    if (isUtf8) line += this.#utf8;
    if (envid !== '') line += ` ENVID=${xtext(envid)}`;
    return line + this.#mailEnd;
  }

  /** RCPT for the recipient at `index`, CRLF included. */
  rcpt({ to, isUtf8 }: Transaction, index: number): string {
    const recipient = to[index] as string;
    const line = `RCPT TO:<${isUtf8 ? utf8Bytes(recipient) : recipient}>`;
    const original = this.#parameters.dsn?.orcpt === true ? ` ORCPT=${originalRecipient(recipient)}` : '';
    return line + original + this.#rcptEnd;
  }
}

function mailParameters(parameters: MailParameters): string[] {
  const { body, smtputf8, dsn, requireTls, deliverBy, priority, prdr, mail } = parameters;
  const given: (string | false)[] = [
    body === '8bitmime' && 'BODY=8BITMIME',
    body === 'binarymime' && 'BODY=BINARYMIME',
    smtputf8 === 'force' && 'SMTPUTF8',
    typeof dsn?.ret === 'string' && `RET=${dsn.ret.toUpperCase()}`,
    requireTls && 'REQUIRETLS',
    deliverBy !== null && `BY=${byValue(deliverBy)}`,
    priority !== null && `MT-PRIORITY=${priority}`,
    prdr && 'PRDR',
    ...mail,
  ];
  return given.filter((one) => one !== false).map((one) => ` ${one}`);
}

/** RFC 2852 §4: `120;R`, `-5;NT`. */
function byValue({ seconds, mode, trace }: DeliverBy): string {
  return `${seconds};${mode === 'return' ? 'R' : 'N'}${trace ? 'T' : ''}`;
}

function rcptParameters({ dsn, rcpt }: MailParameters): string[] {
  const notify = dsn === null || dsn.notify.length === 0 ? [] : [`NOTIFY=${dsn.notify.join().toUpperCase()}`];
  return [...notify, ...rcpt].map((one) => ` ${one}`);
}

function obstacleForAll({ parameters, capabilities, isSecure, isChunked }: MailCommandOptions) {
  const { body, smtputf8, dsn, requireTls, deliverBy, priority, prdr } = parameters;
  const wanted: readonly (readonly [isWanted: boolean, isOffered: boolean, name: string])[] = [
    [body === '8bitmime', capabilities.eightBitMime, '8BITMIME'],
    [body === 'binarymime', capabilities.binaryMime && isChunked, 'BINARYMIME with CHUNKING'],
    [smtputf8 === 'force', capabilities.smtpUtf8, 'SMTPUTF8'],
    [dsn !== null, capabilities.dsn, 'DSN'],
    [requireTls, capabilities.requireTls && isSecure, isSecure ? 'REQUIRETLS' : 'REQUIRETLS over TLS'],
    [deliverBy !== null, capabilities.deliverBy, 'DELIVERBY'],
    [priority !== null, capabilities.mtPriority, 'MT-PRIORITY'],
    [prdr, capabilities.prdr, 'PRDR'],
  ];
  const missing = wanted.find(([isWanted, isOffered]) => isWanted && !isOffered);
  return missing === undefined ? null : notOffered(missing[2]);
}

function obstacleFor8bit({ body }: MailParameters, { eightBitMime }: Capabilities): MailObstacle | null {
  if (body === '7bit') {
    const text = 'the message has bytes over 127 and body is 7bit';
    return { cause: 'not-offered', class: 'protocol', text };
  }
  return body === 'auto' && !eightBitMime ? notOffered('8BITMIME') : null;
}

function notOffered(what: string): MailObstacle {
  return { cause: 'not-offered', class: 'protocol', text: `the server does not offer ${what}` };
}
