/**
 * A mail server in this process that takes every message, except where it is told to say something else, to hang up
 * or to fall silent. For what no well-behaved server does. Speaks plain SMTP, as little of it as a client needs.
 */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import type { TestContext } from 'node:test';

/** Where it can misbehave. CONTENT is the first byte of a message, END its final dot. */
export type Step = 'GREETING' | 'EHLO' | 'MAIL' | 'RCPT' | 'DATA' | 'CONTENT' | 'END' | 'QUIT';

/** A reply, or one of two ways to give none. */
export type Answer = string | 'hang up' | 'silence';

export interface ScriptedServer {
  readonly port: number;
  readonly url: string;
  connections(): number;
  /** Messages whose final dot came. */
  messages(): number;
}

const ANSWERS: Readonly<Record<Step, string>> = {
  GREETING: '220 mx.example.test ESMTP',
  EHLO: '250 mx.example.test',
  MAIL: '250 2.1.0 ok',
  RCPT: '250 2.1.5 ok',
  DATA: '354 go ahead',
  CONTENT: '',
  END: '250 2.0.0 queued',
  QUIT: '221 2.0.0 bye',
};

/** Resolves when it listens. Closes with the test `t`. */
export async function startScriptedServer(
  t: Pick<TestContext, 'after'>,
  script: Partial<Record<Step, Answer>> = {},
): Promise<ScriptedServer> {
  const counts = { connections: 0, messages: 0 };
  const sockets = new Set<Socket>();
  const answers: Readonly<Record<Step, Answer>> = { ...ANSWERS, ...script };
  const server = createServer((socket) => {
    counts.connections++;
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    socket.on('error', () => {});
    serve(socket, answers, () => counts.messages++);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `smtp://127.0.0.1:${port}`,
    connections: () => counts.connections,
    messages: () => counts.messages,
  };
}

function serve(socket: Socket, answers: Readonly<Record<Step, Answer>>, onMessage: () => void): void {
  let isInContent = false;
  let text = '';
  const answer = (step: Step): void => {
    const said = answers[step];
    if (said === 'hang up') socket.end();
    else if (said !== 'silence' && said !== '') socket.write(`${said}\r\n`);
    if (step === 'QUIT') socket.end();
  };
  const takeContent = (): boolean => {
    const end = text.indexOf('\r\n.\r\n');
    if (end < 0) return false;
    text = text.slice(end + 5);
    isInContent = false;
    onMessage();
    answer('END');
    return true;
  };
  const takeLine = (): boolean => {
    const end = text.indexOf('\r\n');
    if (end < 0) return false;
    const step = text.slice(0, 4).toUpperCase().trim() as Step;
    text = text.slice(end + 2);
    if (step in answers) answer(step);
    else socket.write('502 5.5.2 what?\r\n');
    isInContent = step === 'DATA' && answers.DATA.startsWith('354');
    return true;
  };
  socket.setEncoding('latin1').on('data', (chunk: string) => {
    if (isInContent && text === '') answer('CONTENT');
    text += chunk;
    while (isInContent ? takeContent() : takeLine());
  });
  answer('GREETING');
}
