/**
 * NTLM over SMTP, with NTLMv2 answers. MS-NLMP (messages §2.2.1, computations §3.3.2), MS-SMTPNTLM.
 *
 *   client  NEGOTIATE: what we can do            server  CHALLENGE: eight random bytes, and what it is called
 *   client  AUTHENTICATE: who we are, and HMAC-MD5 of both sides' challenges under MD4 of the password
 *
 * `DOMAIN\user` names a domain, else it is empty. No signing, no sealing, no MIC and no proof of the server: NTLM has none.
 * Only NTLMv2: servers that know no better were last made in 1998.
 */
import { createHash, createHmac } from 'node:crypto';
import type { Credentials } from '../../scenario/scenario.js';
import { md4 } from './md4.js';
import type { Mechanism } from './mechanism.js';

const SIGNATURE = Buffer.from('NTLMSSP\0', 'latin1');
/** §2.2.2.5. */
const UNICODE = 0x1;
const OEM = 0x2;
const REQUEST_TARGET = 0x4;
const NTLM = 0x200;
const ALWAYS_SIGN = 0x8000;
const EXTENDED_SECURITY = 0x80000;
const OFFERED = UNICODE | OEM | REQUEST_TARGET | NTLM | ALWAYS_SIGN | EXTENDED_SECURITY;

/** Ours: what no two exchanges share. */
export interface NtlmOptions {
  /** Eight bytes. */
  readonly clientChallenge: Buffer;
  /** ms since the epoch, used where the server does not say what time it is. */
  readonly nowMs: number;
}

export function ntlm(credentials: Credentials, options: NtlmOptions): Mechanism {
  let isAnswered = false;
  return {
    name: 'NTLM',
    first: negotiate(),
    serverProof: 'good',
    respond: (bytes) => {
      const challenge = bytes === null || isAnswered ? null : parseChallenge(bytes);
      if (challenge === null) return null;
      isAnswered = true;
      return authenticate(credentials, challenge, options);
    },
  };
}

/** Eight bytes out of a nonce of any length. */
export function clientChallengeOf(nonce: string): Buffer {
  return createHash('md5').update(nonce).digest().subarray(0, 8);
}

/** §2.2.1.1, with neither domain nor workstation. */
function negotiate(): Buffer {
  const message = header(1, 32);
  message.writeUInt32LE(OFFERED, 12);
  return message;
}

interface Challenge {
  readonly flags: number;
  readonly serverChallenge: Buffer;
  readonly targetInfo: Buffer;
}

/** §2.2.1.2; null when it is none. */
function parseChallenge(bytes: Buffer): Challenge | null {
  const isOne = bytes.length >= 32 && bytes.subarray(0, 8).equals(SIGNATURE) && bytes.readUInt32LE(8) === 2;
  if (!isOne) return null;
  const targetInfo = bytes.length < 48 ? Buffer.alloc(0) : fieldAt(bytes, 40);
  if (targetInfo === null) return null;
  return { flags: bytes.readUInt32LE(20), serverChallenge: bytes.subarray(24, 32), targetInfo };
}

/** What a length and an offset point to; null when that is not there. */
function fieldAt(bytes: Buffer, at: number): Buffer | null {
  const length = bytes.readUInt16LE(at);
  if (length === 0) return Buffer.alloc(0);
  const offset = bytes.readUInt32LE(at + 4);
  return offset + length > bytes.length ? null : bytes.subarray(offset, offset + length);
}

/** §2.2.1.3: six fields, the flags, and what the fields point to. */
function authenticate(credentials: Credentials, challenge: Challenge, options: NtlmOptions): Buffer {
  const { domain, user } = parted(credentials.user);
  const { lm, nt } = ntlmV2({ domain, user, pass: credentials.pass }, challenge, options);
  const encoding = (challenge.flags & UNICODE) === 0 ? 'latin1' : 'utf16le';
  const names = [domain, user, ''].map((text) => Buffer.from(text, encoding));
  const payloads = [lm, nt, ...names, Buffer.alloc(0)];
  const message = header(3, 64);
  let offset = message.length;
  for (const [index, payload] of payloads.entries()) {
    const at = 12 + index * 8;
    message.writeUInt16LE(payload.length, at);
    message.writeUInt16LE(payload.length, at + 2);
    message.writeUInt32LE(offset, at + 4);
    offset += payload.length;
  }
  message.writeUInt32LE(challenge.flags & OFFERED, 60);
  return Buffer.concat([message, ...payloads]);
}

function header(type: number, length: number): Buffer {
  const message = Buffer.alloc(length);
  SIGNATURE.copy(message);
  message.writeUInt32LE(type, 8);
  return message;
}

function parted(name: string): { readonly domain: string; readonly user: string } {
  const at = name.indexOf('\\');
  return { domain: at < 0 ? '' : name.slice(0, at), user: name.slice(at + 1) };
}

export interface NtlmIdentity {
  readonly domain: string;
  readonly user: string;
  readonly pass: string;
}

/** §3.3.2: both responses. */
export function ntlmV2(
  { domain, user, pass }: NtlmIdentity,
  { serverChallenge, targetInfo }: Omit<Challenge, 'flags'>,
  { clientChallenge, nowMs }: NtlmOptions,
): { readonly lm: Buffer; readonly nt: Buffer } {
  const named = Buffer.from(user.toUpperCase() + domain, 'utf16le');
  const key = hmacMd5(md4(Buffer.from(pass, 'utf16le')), named);
  const timeOfServer = timestampIn(targetInfo);
  const blob = Buffer.concat([
    Buffer.from([1, 1, 0, 0, 0, 0, 0, 0]),
    timeOfServer ?? fileTime(nowMs),
    clientChallenge,
    Buffer.alloc(4),
    targetInfo,
    Buffer.alloc(4),
  ]);
  const nt = Buffer.concat([hmacMd5(key, serverChallenge, blob), blob]);
  const lm = Buffer.concat([hmacMd5(key, serverChallenge, clientChallenge), clientChallenge]);
  // §3.1.5.1.2: a server that tells the time gets no LM response.
  return { lm: timeOfServer === null ? lm : Buffer.alloc(24), nt };
}

function hmacMd5(key: Buffer, ...parts: readonly Buffer[]): Buffer {
  return createHmac('md5', key).update(Buffer.concat(parts)).digest();
}

/** MsvAvTimestamp of a list of AV_PAIRs (§2.2.2.1); null without one. */
function timestampIn(targetInfo: Buffer): Buffer | null {
  for (let at = 0; at + 4 <= targetInfo.length; at += 4 + targetInfo.readUInt16LE(at + 2)) {
    const [id, length] = [targetInfo.readUInt16LE(at), targetInfo.readUInt16LE(at + 2)];
    if (id === 0) return null;
    const value = targetInfo.subarray(at + 4, at + 4 + length);
    if (id === 7 && value.length === 8) return value;
  }
  return null;
}

/** 100 ns since 1601. */
function fileTime(nowMs: number): Buffer {
  const time = Buffer.alloc(8);
  time.writeBigUInt64LE((BigInt(Math.round(nowMs)) + 11_644_473_600_000n) * 10_000n);
  return time;
}
