/**
 * Drives the compiled command line, as a user's shell would.
 *
 * The child starts with this process's Node, without the `MAILBENCH_…` variables and colour settings of whoever
 * runs the tests, and is killed with `SIGKILL` after `timeoutMs`, which rejects and shows what it had printed.
 */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export interface CliOptions {
  /** Added to the environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** Written to standard input, which is then closed. */
  readonly input?: string;
  readonly cwd?: string;
  /** A command that starts it, e.g. `['sh', '-c', 'ulimit -n 64; exec "$@"', 'sh']`. */
  readonly under?: readonly string[];
  /** Default: 60 s. */
  readonly timeoutMs?: number;
}

export interface CliResult {
  /** null when a signal ended it. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A command that is running. */
export interface RunningCli {
  readonly child: ChildProcessWithoutNullStreams;
  /** Settles when the command has ended and its output is complete. */
  readonly done: Promise<CliResult>;
  /** Resolves once standard output and error together match; rejects when the command ends without. */
  waitForOutput(pattern: RegExp): Promise<void>;
}

const cliPath = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url));

/** Runs `mailbench` with these arguments to its end. */
export function runCli(args: readonly string[], options: CliOptions = {}): Promise<CliResult> {
  return startCli(args, options).done;
}

/** Starts `mailbench`, for tests that signal it on its way. */
export function startCli(args: readonly string[], options: CliOptions = {}): RunningCli {
  return startScript(cliPath, args, options);
}

/** The same for any compiled script; what `startCli` is made of. */
export function startScript(path: string, args: readonly string[], options: CliOptions = {}): RunningCli {
  const { env = {}, input = '', cwd, under = [], timeoutMs = 60_000 } = options;
  const [command = process.execPath, ...rest] = [...under, process.execPath, path, ...args];
  const child = spawn(command, rest, {
    env: { ...cleanEnvironment(), ...env },
    ...(cwd === undefined ? {} : { cwd }),
  });
  const output = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      output[name] += text;
      child.emit('output');
    });
  }
  // A command that ends without reading its input closes the pipe early; that is no failure.
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  const killWithUs = () => child.kill('SIGKILL');
  process.once('exit', killWithUs);

  const done = new Promise<CliResult>((resolve, reject) => {
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      child.kill('SIGKILL');
    }, timeoutMs);
    child.once('error', reject);
    child.once('close', (code, signal) => {
      clearTimeout(timer);
      process.removeListener('exit', killWithUs);
      if (isLate) {
        const command = [path, ...args].join(' ');
        reject(new Error(`${command} still ran after ${timeoutMs} ms\n${output.stdout}\n${output.stderr}`));
      } else resolve({ code, signal, ...output });
    });
  });
  // Whoever only signals the child may never look at `done`.
  done.catch(() => {});

  return {
    child,
    done,
    waitForOutput: (pattern) =>
      new Promise((resolve, reject) => {
        const check = () => {
          if (pattern.test(output.stdout + output.stderr)) resolve();
        };
        child.on('output', check);
        child.once('close', () =>
          reject(new Error(`ended without printing ${pattern}\n${output.stdout}\n${output.stderr}`)),
        );
        check();
      }),
  };
}

function cleanEnvironment(): NodeJS.ProcessEnv {
  const own = /^(MAILBENCH_|NODE_TEST_CONTEXT$|NODE_OPTIONS$|FORCE_COLOR$|NO_COLOR$|CI$)/;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !own.test(name)));
}
