/**
 * A server that costs next to nothing: says yes to everything and looks at no more than the protocol needs, which is
 * the verb of each line and the size of each BDAT. Prints its port; ends when its standard input does.
 *
 * It shows the ceiling of the generator, not that of any real server. No DATA: a null server for that would have to
 * look for the final dot.
 */
import { createServer, type Socket } from 'node:net';

const LF = 10;
const SPACE = 32;
const CAPABILITIES = '250-null\r\n250-PIPELINING\r\n250-CHUNKING\r\n250 8BITMIME\r\n';
const OK = '250 2.0.0 Ok\r\n';
/** Replies to a read full of commands, in one write. */
const OKS = Array.from({ length: 4_096 }, (_, count) => OK.repeat(count));

class NullSession {
  readonly #socket: Socket;
  /** The start of a line whose end has not come yet. */
  #partial: Buffer = Buffer.alloc(0);
  /** Bytes of a chunk still to come. */
  #chunkBytesLeft = 0;
  #oks = 0;

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.on('data', (data) => this.#onData(data));
    socket.on('error', () => socket.destroy());
    socket.write('220 null ESMTP\r\n');
  }

  #onData(data: Buffer): void {
    const bytes = this.#partial.length > 0 ? Buffer.concat([this.#partial, data]) : data;
    let at = this.#skipChunk(bytes, 0);
    for (let end = bytes.indexOf(LF, at); end >= 0; end = bytes.indexOf(LF, at)) {
      this.#onLine(bytes, at);
      at = this.#skipChunk(bytes, end + 1);
    }
    this.#partial = bytes.subarray(at);
    this.#flush();
  }

  #skipChunk(bytes: Buffer, at: number): number {
    const skipped = Math.min(this.#chunkBytesLeft, bytes.length - at);
    this.#chunkBytesLeft -= skipped;
    return at + skipped;
  }

  /** Verbs differ in their first letter, as far as they matter here. */
  #onLine(bytes: Buffer, start: number): void {
    const verb = String.fromCharCode(bytes[start] as number);
    if (verb === 'B') this.#chunkBytesLeft = sizeAt(bytes, start + 'BDAT '.length);
    if (verb === 'E' || verb === 'Q') return this.#say(verb === 'E' ? CAPABILITIES : '221 bye\r\n');
    this.#oks++;
    if (this.#oks === OKS.length - 1) this.#flush();
  }

  #say(text: string): void {
    this.#flush();
    this.#socket.write(text, 'latin1');
  }

  #flush(): void {
    if (this.#oks > 0) this.#socket.write(OKS[this.#oks] as string, 'latin1');
    this.#oks = 0;
  }
}

function sizeAt(bytes: Buffer, start: number): number {
  let size = 0;
  for (let at = start; (bytes[at] as number) > SPACE; at++) size = size * 10 + (bytes[at] as number) - 48;
  return size;
}

const server = createServer({ allowHalfOpen: false }, (socket) => new NullSession(socket));
server.listen({ host: '127.0.0.1', port: 0, backlog: 4_096 }, () => {
  const address = server.address();
  if (address !== null && typeof address !== 'string') console.log(address.port);
});
process.stdin.resume().once('end', () => process.exit(0));
