/**
 * `mailbench sink` as a user starts it: a receiver that is not the run's own child and counts for itself.
 */
import { once } from 'node:events';
import type { TestContext } from 'node:test';
import { startCli } from '../cli.js';

export interface CliSink {
  readonly port: number;
  /** Ends it with Ctrl-C and returns what it says it took. */
  totals(): Promise<{ readonly messages: number; readonly recipients: number; readonly connections: number }>;
}

/** Resolves when it listens. Ends with the test `t` at the latest. */
export async function startCliSink(
  t: Pick<TestContext, 'after'>,
  args: readonly string[] = [],
): Promise<CliSink> {
  const { child, done } = startCli(['sink', '--listen', '127.0.0.1:0', ...args]);
  t.after(() => child.kill('SIGKILL'));
  const [first] = await Promise.race([once(child.stdout, 'data'), done.then(({ stderr }) => [stderr])]);
  const port = Number(/^listening on 127\.0\.0\.1:(\d+) /.exec(String(first))?.[1]);
  if (!(port > 0)) throw new Error(`the sink did not start: ${first}`);
  return {
    port,
    totals: async () => {
      child.kill('SIGINT');
      const { code, stdout, stderr } = await done;
      const [, messages, recipients, connections] =
        /^took (\d+) messages?, (\d+) recipients?, .*?(\d+) connections?.* in /m.exec(stdout) ?? [];
      if (code !== 0 || messages === undefined)
        throw new Error(`the sink ended with ${code}: ${stdout}${stderr}`);
      return { messages: Number(messages), recipients: Number(recipients), connections: Number(connections) };
    },
  };
}
