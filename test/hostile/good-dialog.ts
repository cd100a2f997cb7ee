/**
 * The server's side of a session, good in everything but what a behaviour says. Keeps the order that RFC 5321 §4.1.4
 * demands, as Postfix does (503 for a nested MAIL), and remembers what it took: the second opinion on every outcome.
 */
import { type Peer, type RawServer, type Script, type ServerTls, startRawServer } from './raw-server.js';

export type Step =
  | 'CONNECT'
  | 'EHLO'
  | 'HELO'
  | 'STARTTLS'
  | 'TLS'
  | 'AUTH'
  | 'MAIL'
  | 'RCPT'
  | 'DATA'
  | 'CONTENT'
  | 'BDAT'
  | 'RSET'
  | 'NOOP'
  | 'VRFY'
  | 'XCLIENT'
  | 'QUIT';

/**
 * What happens instead of the good reply. Bytes are said as they are and count by their code; a function says what it
 * likes and gives back the bytes still to be said, or the code of what it has said.
 */
export type Act = string | ((peer: Peer, good: string, line: string) => Deed | Promise<Deed>);
// biome-ignore lint/suspicious/noConfusingVoidType: a function that gives nothing back is what it is for
type Deed = string | number | void;

export interface Behaviour {
  /** The first time this step comes, on whichever connection. */
  readonly once?: Partial<Record<Step, Act>>;
  /** Every time. */
  readonly always?: Partial<Record<Step, Act>>;
  /** At every step of the first connection that has no act of its own. */
  readonly everywhere?: Act;
  readonly capabilities?: readonly string[];
  readonly isLmtp?: boolean;
  /** `implicit`: before the greeting. */
  readonly tls?: ServerTls & { readonly implicit?: boolean };
}

/** A message answered with a 2yz. */
export interface Taken {
  readonly number: number;
  readonly recipients: number;
  readonly bytes: number;
}

export class GoodServer {
  readonly taken: Taken[] = [];
  /** Commands in the order they came, `index verb argument`; contents are not among them. */
  readonly commands: string[] = [];
  /** Contents that came although nobody was accepted. */
  readonly strayContents: string[] = [];
  raw!: RawServer;
  readonly #behaviour: Behaviour;
  readonly #seen = new Set<Step>();

  constructor(behaviour: Behaviour) {
    this.#behaviour = behaviour;
  }

  readonly script: Script = (peer) => new Dialog(this, peer, this.#behaviour).run();

  actFor(step: Step, peer: Peer): Act | null {
    const { once, always, everywhere } = this.#behaviour;
    const own = this.#seen.has(step) ? undefined : once?.[step];
    this.#seen.add(step);
    return own ?? always?.[step] ?? (peer.index === 0 ? (everywhere ?? null) : null);
  }
}

export async function startGoodServer(
  t: Parameters<typeof startRawServer>[0],
  behaviour: Behaviour,
): Promise<GoodServer> {
  const server = new GoodServer(behaviour);
  server.raw = await startRawServer(t, server.script);
  return server;
}

class Dialog {
  readonly #server: GoodServer;
  readonly #peer: Peer;
  readonly #behaviour: Behaviour;
  #recipients: number | null = null;
  #isOver = false;
  #chunks = '';

  constructor(server: GoodServer, peer: Peer, behaviour: Behaviour) {
    this.#server = server;
    this.#peer = peer;
    this.#behaviour = behaviour;
  }

  async run(): Promise<void> {
    if (this.#behaviour.tls?.implicit === true) await this.#secure();
    await this.#do('CONNECT', '220 hostile.example ESMTP\r\n', '');
    while (!this.#isOver) await this.#command(await this.#peer.line());
  }

  async #command(line: string): Promise<void> {
    const verb = line.split(' ')[0]?.toUpperCase() ?? '';
    this.#server.commands.push(`${this.#peer.index} ${line}`.slice(0, 200));
    if (verb === 'EHLO' || verb === 'LHLO') return this.#greet(line);
    if (verb === 'HELO') return this.#simply('HELO', line);
    if (verb === 'STARTTLS') return this.#startTls(line);
    if (verb === 'MAIL') return this.#mail(line);
    if (verb === 'RCPT') return this.#rcpt(line);
    if (verb === 'DATA') return this.#data(line);
    if (verb === 'BDAT') return this.#bdat(line);
    if (verb === 'AUTH') return this.#auth(line);
    if (verb === 'RSET') this.#recipients = null;
    if (verb === 'RSET' || verb === 'NOOP' || verb === 'VRFY') return this.#simply(verb, line);
    if (verb === 'XCLIENT') {
      await this.#do('XCLIENT', '220 hostile.example again\r\n', line);
      return;
    }
    if (verb !== 'QUIT') return this.#peer.say('500 5.5.2 what?\r\n');
    await this.#do('QUIT', '221 2.0.0 bye\r\n', line);
    this.#isOver = true;
    this.#peer.fin();
  }

  async #simply(step: Step, line: string): Promise<void> {
    await this.#do(step, '250 2.0.0 ok\r\n', line);
  }

  async #auth(line: string): Promise<void> {
    await this.#do('AUTH', '235 2.7.0 welcome\r\n', line);
  }

  async #greet(line: string): Promise<void> {
    const { tls, capabilities = ['PIPELINING', 'SIZE'] } = this.#behaviour;
    const offers = [...capabilities];
    if (tls !== undefined && tls.implicit !== true && !this.#peer.isSecure) offers.push('STARTTLS');
    const lines = ['hostile.example', ...offers];
    const reply = lines.map((text, i) => `250${i === lines.length - 1 ? ' ' : '-'}${text}\r\n`).join('');
    await this.#do('EHLO', reply, line);
  }

  async #startTls(line: string): Promise<void> {
    if ((await this.#do('STARTTLS', '220 2.0.0 go\r\n', line)) === 220) await this.#secure();
  }

  async #secure(): Promise<void> {
    const act = this.#server.actFor('TLS', this.#peer);
    if (typeof act === 'function' && (await act(this.#peer, '', '')) === undefined) return;
    await this.#peer.secure(this.#behaviour.tls ?? {});
  }

  async #mail(line: string): Promise<void> {
    if (this.#recipients !== null) return this.#peer.say('503 5.5.1 nested MAIL command\r\n');
    const code = await this.#do('MAIL', '250 2.1.0 ok\r\n', line);
    if (code >= 200 && code < 300) this.#recipients = 0;
  }

  async #rcpt(line: string): Promise<void> {
    if (this.#recipients === null) return this.#peer.say('503 5.5.1 MAIL first\r\n');
    const code = await this.#do('RCPT', '250 2.1.5 ok\r\n', line);
    if (code >= 200 && code < 300) this.#recipients++;
  }

  async #data(line: string): Promise<void> {
    const recipients = this.#recipients;
    const isFit = recipients !== null && recipients > 0;
    const good = isFit ? '354 go on\r\n' : '554 5.5.1 no valid recipients\r\n';
    if ((await this.#do('DATA', good, line)) !== 354) return;
    const content = await this.#peer.content();
    if (!isFit && content !== '') this.#server.strayContents.push(content.slice(0, 100));
    await this.#finish(recipients ?? 0, content);
  }

  async #bdat(line: string): Promise<void> {
    const [, size = '0', last = ''] = line.split(' ');
    this.#chunks += await this.#peer.bytes(Number(size));
    const isLast = last.toUpperCase() === 'LAST';
    if (this.#recipients === null || this.#recipients === 0) {
      this.#chunks = '';
      return this.#peer.say('503 5.5.1 no valid recipients\r\n');
    }
    if (!isLast) {
      const code = await this.#do('BDAT', '250 2.0.0 so far\r\n', line);
      if (code < 300) return;
      this.#recipients = null;
      this.#chunks = '';
      return;
    }
    const content = this.#chunks;
    this.#chunks = '';
    await this.#finish(this.#recipients, content);
  }

  async #finish(recipients: number, content: string): Promise<void> {
    this.#recipients = null;
    const replies = this.#behaviour.isLmtp === true ? recipients : 1;
    let taken = 0;
    for (let i = 0; i < replies && !this.#isOver; i++) {
      const code = await this.#do('CONTENT', '250 2.0.0 taken\r\n', '');
      if (code >= 200 && code < 300) taken += this.#behaviour.isLmtp === true ? 1 : recipients;
    }
    if (taken === 0) return;
    const number = Number(/^X-Mailbench: .*; n=(\d+);/m.exec(content)?.[1] ?? -1);
    this.#server.taken.push({ number, recipients: taken, bytes: content.length });
  }

  /** The code of what was said; 0 when an act has said all there is to say. */
  async #do(step: Step, good: string, line: string): Promise<number> {
    const act = this.#server.actFor(step, this.#peer);
    const said = typeof act === 'function' ? await act(this.#peer, good, line) : (act ?? good);
    if (typeof said !== 'string') return said ?? 0;
    this.#peer.say(said);
    if (said.startsWith('421')) {
      this.#isOver = true;
      this.#peer.fin();
    }
    return Number(/^\d{3}/.exec(said)?.[0] ?? 0);
  }
}
