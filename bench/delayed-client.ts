/**
 * A bare SMTP client that times its final replies: from the last byte of the content handed over to the reply. One message
 * at a time on a session, at most so many a second over all, each with a stamp so that receipts can be told apart.
 */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { bodyDigest, stampLayout, writeStamp } from '#src/message/stamp.js';

const RUN = 'delays';
const SESSIONS = 20;
const BODY = Buffer.from('A line of text.\r\n'.repeat(50));
const DIGEST = bodyDigest(BODY);

/** Milliseconds by message number. */
export async function timeFinalReplies(
  port: number,
  { messages, perSec }: { readonly messages: number; readonly perSec: number },
): Promise<ReadonlyMap<number, number>> {
  const times = new Map<number, number>();
  const beginMs = performance.now();
  let next = 0;
  const session = async (): Promise<void> => {
    const client = await Client.open(port);
    while (next < messages) {
      const number = next++;
      const dueMs = beginMs + (number * 1000) / perSec;
      await sleep(Math.max(0, dueMs - performance.now()));
      times.set(number, await client.send(number));
    }
    client.close();
  };
  await Promise.all(Array.from({ length: SESSIONS }, session));
  return times;
}

class Client {
  readonly #socket: Socket;
  readonly #replies: AsyncIterator<string>;

  private constructor(socket: Socket) {
    this.#socket = socket;
    this.#replies = createInterface(socket)[Symbol.asyncIterator]();
  }

  static async open(port: number): Promise<Client> {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    await once(socket, 'connect');
    const client = new Client(socket);
    await client.#reply();
    socket.write('HELO bench.example.test\r\n');
    await client.#reply();
    return client;
  }

  async send(number: number): Promise<number> {
    for (const command of ['MAIL FROM:<a@sender.example.test>', 'RCPT TO:<b@rcpt.example.test>', 'DATA']) {
      this.#socket.write(`${command}\r\n`);
      await this.#reply();
    }
    const content = stamped(number);
    const beginMs = performance.now();
    this.#socket.write(content);
    await this.#reply();
    return performance.now() - beginMs;
  }

  close(): void {
    this.#socket.end('QUIT\r\n');
  }

  async #reply(): Promise<void> {
    for (;;) {
      const { value = '' } = await this.#replies.next();
      if (!/^[23]\d\d/.test(value)) throw new Error(`the sink said: ${value}`);
      if (value[3] !== '-') return;
    }
  }
}

function stamped(number: number): Buffer {
  const stamp = Buffer.alloc(stampLayout(RUN).lengthBytes);
  const sentAtUs = Math.round((performance.timeOrigin + performance.now()) * 1000);
  writeStamp(stamp, 0, { run: RUN, number, isWarmup: false, sentAtUs, bodyDigest: DIGEST });
  return Buffer.concat([stamp, Buffer.from('Subject: delays\r\n\r\n'), BODY, Buffer.from('.\r\n')]);
}
