/**
 * Control guard: who may talk to the control interface, and how much. No page in a browser may: its requests carry an Origin,
 * or, after DNS rebinding, a Host that is not loopback.
 */
import type { IncomingMessage } from 'node:http';
import { isLoopbackHost } from '../../safety.js';

/** Why a request is turned away: a status and a sentence that says what to do. */
export class Refusal extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** Throws Refusal. */
export function refuseForeigners({ headers }: IncomingMessage): void {
  const isBrowser = headers.origin !== undefined || (headers['sec-fetch-site'] ?? 'none') !== 'none';
  if (isBrowser) {
    throw new Refusal(403, 'Pages in a browser may not use this interface; use curl or another program.');
  }
  if (!isLoopbackHost(hostOf(headers.host ?? ''))) {
    throw new Refusal(403, 'Use the address that the sink printed: Host is not a loopback address.');
  }
}

/** Throws Refusal 413. */
export async function readBody(request: IncomingMessage, limitBytes: number): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > limitBytes) throw new Refusal(413, `Send at most ${limitBytes} bytes.`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

function hostOf(header: string): string {
  return header.replace(/:\d{1,5}$/, '');
}
