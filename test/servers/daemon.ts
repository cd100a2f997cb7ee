/**
 * A server process in the foreground, in a private folder. It leads a process group of its own, so that Ctrl-C does
 * not cut its start short; the group and the folder go when it is stopped, and with this process at the latest.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const PATIENCE_MS = 5_000;

export interface DaemonCommand {
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

export class Daemon {
  readonly #dir: string;
  readonly #child: ChildProcess;
  readonly #endWithUs = () => this.#endNow();
  /** What it printed. */
  output = '';

  /** `dir` is removed when it stops. */
  constructor(dir: string, { command, args, env = {} }: DaemonCommand) {
    this.#dir = dir;
    process.once('exit', this.#endWithUs);
    this.#child = spawn(command, args, {
      cwd: dir,
      detached: true,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child.once('error', (error) => {
      this.output += error.message;
    });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.output += text;
      });
    }
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  get hasEnded(): boolean {
    return this.#child.pid === undefined || this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  /** Waits for what is left to do, then for the processes, and removes the folder. */
  async stop(): Promise<void> {
    if (!this.hasEnded) {
      const ended = once(this.#child, 'exit');
      this.#child.kill('SIGTERM');
      const impatience = setTimeout(() => killGroup(this.#child.pid), PATIENCE_MS);
      await ended;
      clearTimeout(impatience);
    }
    // What the leader left behind.
    killGroup(this.#child.pid);
    await rm(this.#dir, { recursive: true, force: true, maxRetries: 5 });
    process.removeListener('exit', this.#endWithUs);
  }

  #endNow(): void {
    killGroup(this.#child.pid);
    rmSync(this.#dir, { recursive: true, force: true });
  }
}

/** An empty folder that servers under other users can enter. */
export async function serverDir(name: string): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), `mailbench-${name}-`));
  await chmod(dir, 0o755);
  return dir;
}

/** Ends every process of a group that is still there. */
export function killGroup(leader: number | undefined): void {
  if (leader === undefined) return;
  try {
    process.kill(-leader, 'SIGKILL');
  } catch {
    // It has ended in the meantime.
  }
}
