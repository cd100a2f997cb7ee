/**
 * Says the same lines to any server and writes down what comes back, so that two servers can be compared.
 *
 * Each step is written when the step before it has been answered; what was seen is one word a reply (its code), and `end`
 * when the server ended the connection, however it did.
 */
import { connect } from 'node:net';

export interface Seen {
  /** The greeting first. */
  readonly replies: readonly string[];
  readonly isEnded: boolean;
}

export interface ScriptOptions {
  /** Of the last step, and of each other; default 1. */
  readonly lastReplies?: number;
  /** Whether to wait for the server to end the connection after the last step. */
  readonly waitsForEnd?: boolean;
}

export async function play(
  port: number,
  steps: readonly string[],
  options: ScriptOptions = {},
): Promise<Seen> {
  const { lastReplies = 1, waitsForEnd = false } = options;
  const socket = connect({ host: '127.0.0.1', port });
  let text = '';
  let isEnded = false;
  let wake = () => {};
  const over = () => {
    isEnded = true;
    wake();
  };
  socket.setEncoding('latin1').on('data', (more: string) => {
    text += more;
    wake();
  });
  socket.on('end', over).on('close', over).on('error', over);
  const until = async (isEnough: () => boolean) => {
    while (!isEnded && !isEnough()) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  };
  let wanted = 1;
  await until(() => repliesIn(text).length >= wanted);
  for (const [index, step] of steps.entries()) {
    if (isEnded) break;
    wanted += index === steps.length - 1 ? lastReplies : 1;
    socket.write(step, 'latin1');
    await until(() => repliesIn(text).length >= wanted);
  }
  if (waitsForEnd) await until(() => false);
  socket.destroy();
  return { replies: repliesIn(text), isEnded };
}

/** First digits, and `end`. */
export function classes({ replies, isEnded }: Seen): string {
  return [...replies.map((reply) => `${reply[0]}yz`), ...(isEnded ? ['end'] : [])].join(' ');
}

/** Whole replies, each as it came. */
function repliesIn(text: string): string[] {
  return text.match(/(?:\d{3}-[^\n]*\r\n)*\d{3}(?: [^\n]*)?\r\n/g) ?? [];
}
