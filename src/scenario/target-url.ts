/**
 * The URL of a target taken apart: protocol, address, whether TLS comes first, credentials.
 *
 * Default ports are 25 (smtp, smtp+mx), 465 (smtps, RFC 8314 §3.3) and 24 (lmtp); LMTP never runs on 25 (RFC 2033 §5).
 * Nothing is looked up, and no message quotes the URL, which may hold a password.
 */

import { suggestion } from '../yaml/did-you-mean.js';
import { isDomain } from './address-pattern.js';
import { familyOf } from './ip-address.js';
import type { ScenarioProblemCode } from './problem-codes.js';
import type { TargetAddress } from './scenario.js';

export interface ParsedTarget {
  readonly isEmbedded: boolean;
  readonly protocol: 'smtp' | 'lmtp';
  readonly scheme: string;
  readonly address: TargetAddress;
  /** The URL without credentials. */
  readonly url: string;
  readonly credentials: { readonly user: string; readonly pass: string } | null;
}

export interface TargetProblem {
  readonly code: ScenarioProblemCode;
  readonly message: string;
  readonly hint?: string;
}

const EMBEDDED: ParsedTarget = {
  isEmbedded: true,
  protocol: 'smtp',
  scheme: 'embedded',
  address: { kind: 'tcp', host: '127.0.0.1', port: 0 },
  url: 'embedded',
  credentials: null,
};

const DEFAULT_PORTS: Readonly<Record<string, number>> = { smtp: 25, smtps: 465, lmtp: 24, 'smtp+mx': 25 };
const SCHEMES = ['smtp', 'smtps', 'lmtp', 'smtp+unix', 'lmtp+unix', 'smtp+mx', 'smtp+exec', 'lmtp+exec'];

/** Longest path that fits sockaddr_un on every system mailbench runs on (macOS: 104 with the final NUL). */
const MAX_SOCKET_PATH_BYTES = 103;

export function parseTargetUrl(text: string): ParsedTarget | TargetProblem {
  if (text === 'embedded') return EMBEDDED;
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]*):\/\//.exec(text)?.[1];
  if (scheme === undefined) return withoutScheme(text);
  if (!SCHEMES.includes(scheme)) {
    const hint = suggestion(scheme, SCHEMES);
    return invalid(`begins with \`${scheme}://\`, which is no way to speak to a mail server`, hint);
  }
  if (!URL.canParse(text))
    return invalid('is not a URL', 'Write smtp://HOST:PORT; percent-encode a password.');
  const url = new URL(text);
  if (scheme.endsWith('+exec')) return execTarget(url, scheme);
  if (url.search !== '' || url.hash !== '') {
    return invalid('holds a `?` or `#`', 'In a password write them as %3F and %23.');
  }
  return scheme.endsWith('+unix') ? unixTarget(url, scheme) : tcpTarget(url, scheme);
}

function tcpTarget(url: URL, scheme: string): ParsedTarget | TargetProblem {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  if (url.pathname !== '' && url.pathname !== '/') {
    return invalid('holds a path', `Write ${scheme}://HOST:PORT and nothing after it.`);
  }
  if (!isHost(host)) return invalid('names no host', `Write ${scheme}://HOST:PORT.`);
  const port = url.port === '' ? (DEFAULT_PORTS[scheme] ?? 0) : Number(url.port);
  if (port === 0) return invalid('holds port 0', 'Ports are 1 to 65535.');
  if (scheme === 'smtp+mx' && (!isDomain(host) || familyOf(host) !== null)) {
    return invalid(
      'names no domain whose mail exchangers could be looked up',
      `Write ${scheme}://DOMAIN[:PORT].`,
    );
  }
  const protocol = protocolOf(scheme);
  if (protocol === 'lmtp' && port === 25) {
    return {
      code: 'SCENARIO_TARGET_LMTP_PORT',
      message: 'is LMTP on port 25, where RFC 2033 §5 forbids it',
      hint: 'Use port 24 or another one, or smtp://.',
    };
  }
  return withCredentials(url, {
    isEmbedded: false,
    protocol,
    scheme,
    address: scheme === 'smtp+mx' ? { kind: 'mx', domain: host, port } : { kind: 'tcp', host, port },
    url: `${scheme}://${url.host}`,
    credentials: null,
  });
}

function unixTarget(url: URL, scheme: string): ParsedTarget | TargetProblem {
  const path = decoded(url.pathname);
  const isAbsolute = url.host === '' && path !== null && path.length > 1 && !path.includes('\0');
  if (!isAbsolute) {
    return invalid('names no socket', `Write ${scheme}:///absolute/path, with three slashes.`);
  }
  if (Buffer.byteLength(path) > MAX_SOCKET_PATH_BYTES) {
    return invalid(
      `names a socket path over ${MAX_SOCKET_PATH_BYTES} bytes`,
      'Use a shorter path or a link.',
    );
  }
  const address = { kind: 'unix', path } as const;
  const safeUrl = `${scheme}://${url.pathname}`;
  return {
    isEmbedded: false,
    protocol: protocolOf(scheme),
    scheme,
    address,
    url: safeUrl,
    credentials: null,
  };
}

/** `smtp+exec:///usr/sbin/sendmail?arg=-bs` */
function execTarget(url: URL, scheme: string): ParsedTarget | TargetProblem {
  const program = decoded(url.pathname);
  const names = [...url.searchParams.keys()];
  const args = url.searchParams.getAll('arg');
  const isSound = [program ?? '\0', ...args].every((text) => !text.includes('\0'));
  if (url.host !== '' || program === null || program.length < 2 || !isSound) {
    return invalid('names no program', `Write ${scheme}:///absolute/path?arg=-bs, with three slashes.`);
  }
  if (url.hash !== '' || names.some((name) => name !== 'arg')) {
    return invalid('holds more than a program and `arg=`', 'Write each argument as arg=…, with & between.');
  }
  return {
    isEmbedded: false,
    protocol: protocolOf(scheme),
    scheme,
    address: { kind: 'exec', program, args },
    url: `${scheme}://${url.pathname}${url.search}`,
    credentials: null,
  };
}

function withCredentials(url: URL, target: ParsedTarget): ParsedTarget | TargetProblem {
  if (url.username === '' && url.password === '') return target;
  const user = decoded(url.username);
  const pass = decoded(url.password);
  if (user === null || pass === null) {
    return invalid('holds credentials that are not percent-encoded UTF-8', 'Write a `%` as %25.');
  }
  if (user === '' || pass === '') {
    return {
      code: 'SCENARIO_AUTH_CONTRADICTION',
      message: 'holds a user without a password, or a password without a user',
      hint: 'Write smtp://USER:PASSWORD@HOST, or use target.auth.',
    };
  }
  return { ...target, credentials: { user, pass } };
}

function withoutScheme(text: string): TargetProblem {
  const isHostAndPort = /^[\w.-]+(?::\d+)?$|^\[[0-9A-Fa-f:.]+\](?::\d+)?$/.test(text);
  const hint = isHostAndPort ? `Write smtp://${text}.` : 'Write embedded, or smtp://HOST:PORT.';
  return invalid('is not the address of a mail server', hint);
}

function invalid(message: string, hint?: string): TargetProblem {
  return { code: 'SCENARIO_TARGET_URL', message, ...(hint === undefined ? {} : { hint }) };
}

function protocolOf(scheme: string): 'smtp' | 'lmtp' {
  return scheme.startsWith('lmtp') ? 'lmtp' : 'smtp';
}

/** A host name, an IPv4 address, or what the URL parser has let through between brackets (IPv6). */
function isHost(host: string): boolean {
  return (
    /^(?=.{1,253}$)[A-Za-z0-9_](?:[\w.-]*\w)?\.?$/.test(host) || /^[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*$/.test(host)
  );
}

function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}
