/** Starts `mailbench sink` on a free port as a process of its own. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const CLI = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url));

export interface StartedSink {
  readonly port: number;
  readonly pid: number;
  /** Ends it and waits until it is gone. */
  stop(): Promise<void>;
}

/** Resolves when it listens. It also ends with this process. */
export async function startSink(flags: readonly string[]): Promise<StartedSink> {
  const child = spawn(process.execPath, [CLI, 'sink', '--listen', '127.0.0.1:0', ...flags], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const endWithUs = () => child.kill('SIGKILL');
  process.once('exit', endWithUs);
  const lines = createInterface(child.stdout);
  const [line] = (await once(lines, 'line')) as [string];
  const port = Number(/:(\d+) /.exec(line)?.[1]);
  if (!Number.isInteger(port)) throw new Error(`the sink said: ${line}`);
  const stop = async () => {
    process.removeListener('exit', endWithUs);
    child.kill('SIGTERM');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  };
  return { port, pid: child.pid ?? 0, stop };
}
