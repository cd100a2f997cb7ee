/**
 * A scripted IMAP server: a mailbox in memory behind the few commands that the reader says, and a script that answers in
 * its place. For what no real server does when asked.
 */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import type { TestContext } from 'node:test';

export interface ScriptedImap {
  readonly port: number;
  /** Messages with CRLF; UID 1 is the first. null: expunged. */
  readonly inbox: (string | null)[];
  /** Lines in place of the answer to a command, `OK` without tag the last; null: as it should be. */
  script: (command: string) => readonly string[] | null;
  /** Ends the connections that are open. */
  cut(): void;
}

export async function startScriptedImap(t: Pick<TestContext, 'after'>): Promise<ScriptedImap> {
  const sockets = new Set<Socket>();
  const cut = () => {
    for (const socket of sockets) socket.destroy();
    sockets.clear();
  };
  const imap = {
    port: 0,
    inbox: [] as (string | null)[],
    script: () => null as readonly string[] | null,
    cut,
  };
  const server = createServer((socket) => {
    sockets.add(socket.on('error', () => {}));
    socket.write('* OK ready\r\n');
    let input = '';
    socket.on('data', (bytes) => {
      input += bytes.toString('latin1');
      const lines = input.split('\r\n');
      input = lines.pop() ?? '';
      for (const line of lines) answer(imap, socket, line);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    cut();
    server.close();
  });
  return Object.assign(imap, { port: (server.address() as AddressInfo).port });
}

function answer(imap: ScriptedImap, socket: Socket, line: string): void {
  const at = line.indexOf(' ');
  const [tag, command] = [line.slice(0, at), line.slice(at + 1)];
  const lines = imap.script(command) ?? usual(imap, command);
  for (const one of lines.slice(0, -1)) socket.write(Buffer.from(`${one}\r\n`, 'latin1'));
  socket.write(`${tag} ${lines.at(-1)}\r\n`);
}

function usual({ inbox }: ScriptedImap, command: string): string[] {
  const there = inbox.flatMap((text, index) => (text === null ? [] : [{ uid: index + 1, text }]));
  const from = Number(/(\d+):/.exec(command)?.[1] ?? 1);
  if (command.startsWith('CAPABILITY')) return ['* CAPABILITY IMAP4rev1', 'OK'];
  if (command === 'LIST "" ""') return ['* LIST (\\Noselect) "/" ""', 'OK'];
  if (command.startsWith('LIST')) return ['* LIST () "/" "INBOX"', 'OK'];
  if (command.startsWith('STATUS INBOX'))
    return [`* STATUS INBOX (UIDNEXT ${inbox.length + 1} UIDVALIDITY 1)`, 'OK'];
  if (command.startsWith('EXAMINE')) return [`* ${there.length} EXISTS`, '* OK [UIDVALIDITY 1] x', 'OK'];
  if (command.startsWith('UID SEARCH'))
    return [`* SEARCH ${there.flatMap(({ uid }) => (uid >= from ? [uid] : [])).join(' ')}`, 'OK'];
  if (command.startsWith('UID FETCH'))
    return [
      ...there.flatMap((one, index) => (one.uid >= from ? [fetched(one, index + 1, command)] : [])),
      'OK',
    ];
  return ['OK'];
}

function fetched({ uid, text }: { uid: number; text: string }, seq: number, command: string): string {
  const part = command.includes('BODY.PEEK[]') ? text : text.slice(0, text.indexOf('\r\n\r\n') + 4);
  const name = command.includes('BODY.PEEK[]') ? 'BODY[]' : 'BODY[HEADER.FIELDS (X)]';
  const date = 'INTERNALDATE "01-Dec-2025 00:00:00 +0000"';
  return `* ${seq} FETCH (UID ${uid} RFC822.SIZE ${text.length} ${date} ${name} {${part.length}}\r\n${part})`;
}
