/**
 * A client for the sink's tests: one socket, replies in order. Shares no code with the wire client under src/smtp/,
 * so that a bug there cannot hide one in the sink.
 */
import { connect, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';

export interface Reply {
  readonly code: number;
  /** Texts after the code, one per line. */
  readonly lines: readonly string[];
}

export class Dialog {
  #socket: Socket | TLSSocket;
  #text = '';
  #isOver = false;
  readonly #replies: Reply[] = [];
  #lines: string[] = [];
  #wake: () => void = () => {};

  constructor(socket: Socket | TLSSocket) {
    this.#socket = socket;
    this.#listen();
  }

  write(text: string, encoding: BufferEncoding = 'utf8'): void {
    this.#socket.write(text, encoding);
  }

  /** The next reply; throws when the connection ends before it. */
  async reply(): Promise<Reply> {
    for (;;) {
      const reply = this.#replies.shift();
      if (reply !== undefined) return reply;
      if (this.#isOver) throw new Error('the connection ended before a reply came');
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  async ask(line: string): Promise<Reply> {
    this.write(`${line}\r\n`);
    return this.reply();
  }

  async replies(count: number): Promise<number[]> {
    const codes: number[] = [];
    while (codes.length < count) codes.push((await this.reply()).code);
    return codes;
  }

  /** Resolves when the connection has ended and every byte was seen. */
  async end(): Promise<void> {
    while (!this.#isOver) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  async startTls(): Promise<void> {
    this.#socket.removeAllListeners();
    this.#socket = await secure({ socket: this.#socket });
    this.#listen();
  }

  /** Returns a function that tells how many reads brought something since now. */
  countSegments(): () => number {
    let count = 0;
    this.#socket.on('data', () => count++);
    return () => count;
  }

  /** Returns a function that tells the codes of the socket's errors since now. */
  watchErrors(): () => string[] {
    const codes: string[] = [];
    this.#socket.on('error', (error: NodeJS.ErrnoException) => codes.push(error.code ?? ''));
    return () => codes;
  }

  destroy(): void {
    this.#socket.destroy();
  }

  #listen(): void {
    this.#socket.setEncoding('latin1');
    this.#socket.on('data', (text: string) => this.#take(text));
    this.#socket.on('error', () => {});
    this.#socket.on('close', () => {
      this.#isOver = true;
      this.#wake();
    });
  }

  #take(text: string): void {
    const lines = (this.#text + text).split('\r\n');
    this.#text = lines.pop() ?? '';
    for (const line of lines) {
      this.#lines.push(line.slice(4));
      if (line[3] === '-') continue;
      this.#replies.push({ code: Number(line.slice(0, 3)), lines: this.#lines });
      this.#lines = [];
    }
    this.#wake();
  }
}

export function dial(port: number): Dialog {
  return new Dialog(connect({ host: '127.0.0.1', port, noDelay: true }));
}

export async function dialTls(port: number): Promise<Dialog> {
  return new Dialog(await secure({ host: '127.0.0.1', port }));
}

function secure(target: { socket: Socket } | { host: string; port: number }): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const socket = connectTls({ ...target, rejectUnauthorized: false }, () => resolve(socket));
    socket.once('error', reject);
  });
}
