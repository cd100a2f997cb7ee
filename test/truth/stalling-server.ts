/** A mail server that stands still for a while in every so often: it reads nothing and says nothing, then goes on with all it got. */
import { createServer, type Socket } from 'node:net';
import type { TestContext } from 'node:test';
import { SmtpDialog } from '../shard/smtp-dialog.js';

export interface StallingServer {
  readonly port: number;
  /** When the reply to each message was written, µs since the epoch, by its number. */
  readonly repliedAtUs: ReadonlyMap<number, number>;
  /** The end of the stall that lies over this moment, µs since the epoch; null when it lies in none. */
  stallEndUs(atUs: number): number | null;
}

/** From the first connection on, `stallMs` of each `everyMs`, at their end. Ends with the test `t`. */
export async function startStallingServer(
  t: Pick<TestContext, 'after'>,
  { everyMs, stallMs }: { readonly everyMs: number; readonly stallMs: number },
): Promise<StallingServer> {
  const repliedAtUs = new Map<number, number>();
  const sockets = new Set<Socket>();
  const rhythm = new Rhythm(everyMs, stallMs);
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.setEncoding('latin1');
    socket.on('error', () => {});
    socket.once('close', () => sockets.delete(socket));
    let dialog: SmtpDialog;
    rhythm.whenAwake(() => {
      dialog = new SmtpDialog({
        policy: () => null,
        onTaken: ({ number }) => repliedAtUs.set(number, nowUs()),
        end: { write: (text) => socket.write(text, 'latin1'), close: () => socket.end() },
      });
    });
    socket.on('data', (text: string) => rhythm.whenAwake(() => dialog.feed(text)));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    repliedAtUs,
    stallEndUs: (atUs) => rhythm.stallEndUs(atUs),
  };
}

function nowUs(): number {
  return (performance.timeOrigin + performance.now()) * 1_000;
}

class Rhythm {
  readonly #everyUs: number;
  readonly #awakeUs: number;
  #fromUs = 0;
  #waiting: (() => void)[] = [];

  constructor(everyMs: number, stallMs: number) {
    this.#everyUs = everyMs * 1_000;
    this.#awakeUs = (everyMs - stallMs) * 1_000;
  }

  stallEndUs(atUs: number): number | null {
    const inCycle = (atUs - this.#fromUs) % this.#everyUs;
    return inCycle < this.#awakeUs ? null : atUs - inCycle + this.#everyUs;
  }

  /** Calls back now or at the end of the stall, in order. */
  whenAwake(callback: () => void): void {
    const atUs = nowUs();
    if (this.#fromUs === 0) this.#fromUs = atUs;
    const endUs = this.stallEndUs(atUs);
    if (endUs === null && this.#waiting.length === 0) return callback();
    if (this.#waiting.push(callback) > 1 || endUs === null) return;
    // Never early: Node's timers may be, by a part of a millisecond.
    setTimeout(() => this.#wake(), Math.ceil((endUs - atUs) / 1_000) + 1);
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const callback of waiting) callback();
  }
}
