/**
 * The server's side of an SMTP or LMTP session, for tests: text in, replies out. Shares no code with the wire client.
 *
 * Good at everything unless its policy says otherwise, and remembers what it took: the second opinion on every count.
 */
export type Step = 'CONNECT' | 'EHLO' | 'NOOP' | 'MAIL' | 'RCPT' | 'DATA' | 'CONTENT' | 'RSET' | 'QUIT';

/** null: the good reply; silence: not a word any more, and the connection stays. */
export type Answer = string | 'hang-up' | 'silence' | null;

/** Asked for each step; `argument` is the rest of the line, for CONTENT the recipients. */
export type Policy = (step: Step, argument: string) => Answer;

/** A message that was answered with a 250, by as many recipients as stand here. */
export interface Taken {
  /** From its stamp; -1 when it has none. */
  readonly number: number;
  readonly isWarmup: boolean;
  readonly recipients: readonly string[];
  readonly sizeBytes: number;
  /** As it came, latin1. */
  readonly content: string;
}

export interface DialogEnd {
  write(text: string): void;
  close(): void;
}

const END_OF_CONTENT = '\r\n.\r\n';
const GOOD: Readonly<Record<Step, string>> = {
  CONNECT: '220 test.example ESMTP',
  EHLO: '250-test.example\r\n250-PIPELINING\r\n250 SIZE',
  NOOP: '250 2.0.0 still here',
  MAIL: '250 2.1.0 ok',
  RCPT: '250 2.1.5 ok',
  DATA: '354 go on',
  CONTENT: '250 2.0.0 taken',
  RSET: '250 2.0.0 ok',
  QUIT: '221 2.0.0 bye',
};

export class SmtpDialog {
  readonly #policy: Policy;
  readonly #end: DialogEnd;
  readonly #onTaken: (taken: Taken) => void;
  readonly #isLmtp: boolean;
  #text = '';
  #hasSender = false;
  #recipients: string[] = [];
  #isInContent = false;
  #isOver = false;

  constructor(options: {
    readonly policy: Policy;
    readonly end: DialogEnd;
    readonly onTaken: (taken: Taken) => void;
    readonly isLmtp?: boolean;
  }) {
    this.#policy = options.policy;
    this.#end = options.end;
    this.#onTaken = options.onTaken;
    this.#isLmtp = options.isLmtp ?? false;
    this.#answer('CONNECT', '');
  }

  feed(text: string): void {
    this.#text += text;
    while (!this.#isOver && (this.#isInContent ? this.#takeContent() : this.#takeLine()));
  }

  #takeLine(): boolean {
    if (this.#text.startsWith('BDAT')) return this.#takeChunk();
    const end = this.#text.indexOf('\r\n');
    if (end < 0) return false;
    const line = this.#text.slice(0, end);
    this.#text = this.#text.slice(end + 2);
    const step = stepOf(line);
    if (step === 'RCPT' && !this.#hasSender) this.#say('503 5.5.1 MAIL first');
    else if (step === 'DATA' && this.#recipients.length === 0) this.#say('554 5.5.1 no valid recipients');
    else this.#do(step, line.slice(line.indexOf(':') + 1));
    return true;
  }

  #do(step: Step, argument: string): void {
    if (step === 'MAIL' || step === 'RSET') this.#recipients = [];
    const code = this.#answer(step, argument);
    if (step === 'MAIL' || step === 'RSET') this.#hasSender = step === 'MAIL' && code === 250;
    if (step === 'RCPT' && code === 250) this.#recipients.push(argument);
    if (step === 'DATA') this.#isInContent = code === 354;
    if (step === 'QUIT' && code > 0) this.#hangUp();
  }

  /** A message in one BDAT. */
  #takeChunk(): boolean {
    const [line, size] = /^BDAT (\d+) LAST\r\n/.exec(this.#text) ?? [];
    if (line === undefined || this.#text.length < line.length + Number(size)) return false;
    const content = this.#text.slice(line.length, line.length + Number(size));
    this.#text = this.#text.slice(line.length + Number(size));
    if (this.#recipients.length === 0) this.#say('503 5.5.1 no valid recipients');
    else this.#endContent(content);
    return true;
  }

  #takeContent(): boolean {
    const end = this.#text.startsWith('.\r\n') ? -2 : this.#text.indexOf(END_OF_CONTENT);
    if (end === -1) return false;
    const content = this.#text.slice(0, Math.max(0, end) + 2);
    this.#text = this.#text.slice(end + END_OF_CONTENT.length);
    this.#isInContent = false;
    this.#endContent(content);
    return true;
  }

  #endContent(content: string): void {
    const answers = this.#isLmtp ? this.#recipients.map((one) => [one]) : [this.#recipients];
    this.#hasSender = false;
    const taken = answers.filter((some) => this.#answer('CONTENT', some.join(' ')) === 250).flat();
    this.#recipients = [];
    if (taken.length > 0) this.#onTaken(read(content, taken));
  }

  /** The code said; 0 when none was. */
  #answer(step: Step, argument: string): number {
    if (this.#isOver) return 0;
    const answer = this.#policy(step, argument) ?? GOOD[step];
    if (answer === 'silence' || answer === 'hang-up') {
      this.#isOver = true;
      if (answer === 'hang-up') this.#end.close();
      return 0;
    }
    this.#say(answer);
    if (answer.startsWith('421')) this.#hangUp();
    return Number(answer.slice(0, 3));
  }

  #say(reply: string): void {
    this.#end.write(`${reply}\r\n`);
  }

  #hangUp(): void {
    this.#isOver = true;
    this.#end.close();
  }
}

function stepOf(line: string): Step {
  const verb = line.slice(0, 4).toUpperCase();
  if (verb === 'LHLO' || verb === 'HELO') return 'EHLO';
  return verb as Step;
}

function read(content: string, recipients: readonly string[]): Taken {
  const [, number, warmup] = /^X-Mailbench: .*; n=(\d+); w=([01]);/m.exec(content) ?? [];
  const unstuffed = content.replace(/^\./gm, '');
  return {
    number: number === undefined ? -1 : Number(number),
    isWarmup: warmup === '1',
    recipients: [...recipients],
    sizeBytes: unstuffed.length,
    content,
  };
}
