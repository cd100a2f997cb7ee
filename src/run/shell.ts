/**
 * Shell commands that a scenario names: run by `sh`, in the folder of the scenario file, as the user who runs mailbench.
 *
 * Each leads a process group of its own, so that ending it ends what it started and left in the foreground. Output is
 * bounded. What a command does is data: `run` never rejects.
 */
import { spawn } from 'node:child_process';

export interface ShellResult {
  /** null: ended by a signal, or could not be started. */
  readonly code: number | null;
  /** What it printed, at most 10,000 characters each. */
  readonly stdout: string;
  readonly stderr: string;
  /** It was ended because its time was up, or by `kill`. */
  readonly isCut: boolean;
}

export interface ShellCommand {
  readonly done: Promise<ShellResult>;
  /** Ends it and what it started, if it still runs. */
  kill(): void;
}

export interface ShellOptions {
  readonly cwd: string;
  /** Added to the environment. */
  readonly env: Readonly<Record<string, string>>;
  readonly timeoutMs?: number;
}

const MAX_OUTPUT_CHARS = 10_000;

export function runShell(command: string, { cwd, env, timeoutMs }: ShellOptions): ShellCommand {
  const child = spawn('/bin/sh', ['-c', command], {
    cwd,
    env: { ...process.env, ...env },
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      output[name] = (output[name] + text).slice(0, MAX_OUTPUT_CHARS);
    });
  }
  let isCut = false;
  const kill = () => {
    if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    isCut = true;
    try {
      process.kill(-child.pid, 'SIGKILL');
    } catch {
      // It has just ended.
    }
  };
  const timer = timeoutMs === undefined ? undefined : setTimeout(kill, timeoutMs);
  const done = new Promise<ShellResult>((resolve) => {
    child.once('error', (error) => resolve({ code: null, stdout: '', stderr: error.message, isCut }));
    // Not 'close': what it left running in the background may hold its output open for ever.
    child.once('exit', (code) => setImmediate(() => resolve({ code, ...output, isCut })));
  });
  void done.then(() => {
    clearTimeout(timer);
    child.stdout.destroy();
    child.stderr.destroy();
    child.unref();
  });
  return { done, kill };
}
