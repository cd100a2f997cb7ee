/**
 * What a whole process cost: wall and CPU time as the shell's own accounting tells, so that it is the same for a C
 * program and for Node with all its threads.
 */
import { spawn } from 'node:child_process';

export interface Timing {
  readonly wallSeconds: number;
  readonly cpuSeconds: number;
  /** What it printed, standard error included. */
  readonly output: string;
}

/** Runs a command to its end. Rejects, with what it printed, when it ends with anything but 0 or an `allowed` code. */
export async function timeProcess(
  command: readonly string[],
  allowed: readonly number[] = [],
): Promise<Timing> {
  const script = 'TIMEFORMAT="@@ %R %U %S"; time "$@"';
  const child = spawn('bash', ['-c', script, 'bash', ...command], { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  const match = /@@ ([\d.]+) ([\d.]+) ([\d.]+)/.exec(output);
  if (match === null || (code !== 0 && !allowed.includes(code ?? -1))) {
    throw new Error(`${command.join(' ')} ended with ${code}\n${output}`);
  }
  const [wall, user, system] = match.slice(1).map(Number) as [number, number, number];
  return { wallSeconds: wall, cpuSeconds: user + system, output };
}
