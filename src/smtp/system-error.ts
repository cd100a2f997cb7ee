/**
 * What an error of the system means: why a connection failed, whose fault that is, and whether another address may help.
 *
 * Pure. The generator's own faults (no free port, no file descriptor, no such address of ours) are told from the
 * server's here and nowhere else, and say what to do.
 */
import type { FailureCause } from './failure.js';

const CAUSES = new Map<string, FailureCause>(
  Object.entries({
    ECONNREFUSED: 'refused',
    // The listen queue of a Unix socket is full.
    EAGAIN: 'refused',
    ECONNRESET: 'reset',
    ECONNABORTED: 'reset',
    EPIPE: 'reset',
    ETIMEDOUT: 'timeout',
    EHOSTUNREACH: 'unreachable',
    EHOSTDOWN: 'unreachable',
    ENETUNREACH: 'unreachable',
    ENETDOWN: 'unreachable',
    EAFNOSUPPORT: 'unreachable',
    // A path that leads to no socket we may use.
    ENOENT: 'unreachable',
    ENOTDIR: 'unreachable',
    EACCES: 'unreachable',
    EPERM: 'unreachable',
    EADDRNOTAVAIL: 'generator',
    EADDRINUSE: 'generator',
    EMFILE: 'generator',
    ENFILE: 'generator',
    ENOBUFS: 'generator',
    ENOMEM: 'generator',
  }),
);

/** A name could not be looked up. `code` as c-ares and getaddrinfo say it, e.g. ENOTFOUND, ESERVFAIL; or NULLMX. */
export class ResolveError extends Error {
  readonly code: string;

  constructor(code: string, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'ResolveError';
    this.code = code;
  }
}

/** Codes alone do not do: a name server that refuses says ECONNREFUSED too. */
export function causeOf(error: NodeJS.ErrnoException): FailureCause {
  if (error instanceof ResolveError) return 'resolve';
  const code = error.code ?? '';
  // Such as the alert that refuses our certificate: in TLS 1.3 it comes after our end of the handshake is done.
  if (code.startsWith('ERR_SSL_') || code.startsWith('ERR_TLS_')) return 'tls';
  return CAUSES.get(code) ?? 'io';
}

/** For people: of OpenSSL's line (thread, number, function, its source file) only the reason. */
export function messageOf(error: NodeJS.ErrnoException): string {
  return /:error:[\dA-F]{8}:[^:]*:[^:]*:([^:]+):/.exec(error.message)?.[1] ?? error.message;
}

/** Where a connection was tried from and to. */
export interface Attempt {
  readonly address: string;
  readonly port: number;
  /** Ours; null: the system's choice. */
  readonly localAddress: string | null;
  /** The same. */
  readonly localPort: number | null;
}

/** Whether the next address may be tried: not where we are at fault, or the fault would look like another server's load. */
export function mayTryNext(error: NodeJS.ErrnoException, attempt: Attempt): boolean {
  return (
    causeOf(error) !== 'generator' || isIpv6Missing(error, attempt.address) || isPortTaken(error, attempt)
  );
}

/** Whether another port of ours may help. A port that others share says EADDRNOTAVAIL, and only when it connects. */
export function isPortTaken(error: NodeJS.ErrnoException, { localPort }: Attempt): boolean {
  if (localPort === null) return false;
  return error.code === 'EADDRINUSE' || (error.code === 'EADDRNOTAVAIL' && error.syscall !== 'bind');
}

/** The same error; where it is the generator's fault its message says what to do. */
export function explained(error: NodeJS.ErrnoException, attempt: Attempt): NodeJS.ErrnoException {
  const advice = adviceFor(error, attempt);
  if (advice !== '') error.message = `${advice} (${error.message})`;
  return error;
}

function adviceFor(error: NodeJS.ErrnoException, { address, port, localAddress }: Attempt): string {
  if (isIpv6Missing(error, address)) return 'no free local port, or this machine has no IPv6';
  switch (error.code) {
    case 'EADDRINUSE':
      return `no free local port from ${localAddress ?? 'this machine'}: add client.sourceAddresses, keep sessions longer, or widen net.ipv4.ip_local_port_range`;
    case 'EADDRNOTAVAIL':
      return localAddress !== null && error.syscall === 'bind'
        ? `${localAddress} in client.sourceAddresses is not an address of this machine`
        : `no free local port to ${address}:${port}: add client.sourceAddresses, keep sessions longer, or widen net.ipv4.ip_local_port_range`;
    case 'EMFILE':
    case 'ENFILE':
      return 'no free file descriptor: raise `ulimit -n`, or use fewer VUs';
    default:
      return '';
  }
}

/** Without IPv6 its addresses are "not available", as if ports were used up. */
function isIpv6Missing({ code }: NodeJS.ErrnoException, address: string): boolean {
  return code === 'EADDRNOTAVAIL' && address.includes(':');
}
