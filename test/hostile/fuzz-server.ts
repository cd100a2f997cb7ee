/**
 * The good half of a fuzzed server: reads what the client wrote and knows what would be answered. Text in, replies out;
 * whether, when and in what shape they are said is the stream's business.
 */
export interface Offers {
  readonly capabilities: readonly string[];
  readonly isLmtp: boolean;
  readonly prdr: boolean;
}

/** A good reply, and what it is to; XCLIENT's 220 is the greeting of a session that begins again. */
export interface Owed {
  readonly step: string;
  readonly text: string;
}

export class FuzzServer {
  readonly #offers: Offers;
  #text = '';
  #recipients = 0;
  #chunkLeft = 0;
  #isLast = false;
  #mode: 'command' | 'content' | 'chunk' = 'command';
  #authLines = 0;

  constructor(offers: Offers) {
    this.#offers = offers;
  }

  /** The good replies to what is complete with this text. */
  feed(text: string): Owed[] {
    this.#text += text;
    const replies: Owed[] = [];
    while (this.#step(replies));
    return replies;
  }

  #step(replies: Owed[]): boolean {
    if (this.#mode === 'chunk') return this.#takeChunk(replies);
    if (this.#mode === 'content') return this.#takeContent(replies);
    const end = this.#text.indexOf('\r\n');
    if (end < 0) return false;
    const line = this.#text.slice(0, end);
    this.#text = this.#text.slice(end + 2);
    this.#command(line, replies);
    return true;
  }

  #takeContent(replies: Owed[]): boolean {
    const isEmpty = this.#text.startsWith('.\r\n');
    const end = isEmpty ? 0 : this.#text.indexOf('\r\n.\r\n');
    if (end < 0) return false;
    this.#text = this.#text.slice(isEmpty ? 3 : end + 5);
    this.#mode = 'command';
    this.#final(replies);
    return true;
  }

  #takeChunk(replies: Owed[]): boolean {
    if (this.#text.length < this.#chunkLeft) return false;
    this.#text = this.#text.slice(this.#chunkLeft);
    this.#mode = 'command';
    if (this.#isLast) this.#final(replies);
    else replies.push({ step: 'BDAT', text: '250 so far\r\n' });
    return true;
  }

  #final(replies: Owed[]): void {
    const { isLmtp, prdr } = this.#offers;
    const own = isLmtp || prdr ? Math.max(1, this.#recipients) : 1;
    const isEach = prdr && !isLmtp && own > 1;
    const say = (text: string) => replies.push({ step: 'CONTENT', text });
    if (isEach) say('353 each\r\n');
    for (let i = 0; i < own; i++) say('250 2.0.0 taken\r\n');
    if (isEach) say('250 2.0.0 all\r\n');
    this.#recipients = 0;
  }

  #command(line: string, replies: Owed[]): void {
    const [verb = '', size = '0', last] = line.split(' ', 3);
    const say = (text: string) => replies.push({ step: verb, text });
    if (verb === 'EHLO' || verb === 'LHLO') say(this.#capabilities());
    else if (verb === 'STARTTLS' || verb === 'XCLIENT') say('220 go\r\n');
    else if (verb === 'QUIT') say('221 bye\r\n');
    else if (verb === 'AUTH') say(this.#auth(line));
    else if (verb === 'DATA') {
      this.#mode = 'content';
      say('354 go\r\n');
    } else if (verb === 'BDAT') {
      this.#mode = 'chunk';
      this.#chunkLeft = Number(size);
      this.#isLast = last === 'LAST';
    } else if (this.#authLines > 0) {
      this.#authLines--;
      replies.push({ step: 'AUTH-STEP', text: this.#authLines === 0 ? '235 ok\r\n' : '334 \r\n' });
    } else {
      if (verb === 'RCPT') this.#recipients++;
      if (verb === 'MAIL' || verb === 'RSET') this.#recipients = 0;
      say('250 2.1.0 ok\r\n');
    }
  }

  #capabilities(): string {
    const lines = ['hi', ...this.#offers.capabilities];
    return lines.map((one, i) => `250${i === lines.length - 1 ? ' ' : '-'}${one}\r\n`).join('');
  }

  #auth(line: string): string {
    const isOneStep = line.split(' ').length === 3 && !line.startsWith('AUTH SCRAM');
    this.#authLines = isOneStep ? 0 : line.startsWith('AUTH LOGIN') ? 2 : 1;
    if (isOneStep) return '235 ok\r\n';
    return line.includes('CRAM') ? '334 PDFAeD4=\r\n' : '334 \r\n';
  }
}
