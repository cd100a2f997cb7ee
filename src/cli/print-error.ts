/**
 * Errors in words: what is wrong, where, and what to do. Server text and file contents in them are escaped.
 */
import { EnvironmentError, MailbenchError, ProblemsError } from '../errors.js';
import { visible } from '../report/escape.js';

/** Lines for stderr. `secrets` are masked by whoever threw. */
export function describeError(error: unknown): string {
  if (error instanceof ProblemsError) return describeProblems(error);
  if (error instanceof MailbenchError) return describeKnown(error);
  if (isRefusalOfSystem(error)) return describeKnown(refused(error));
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return `mailbench: ${visible(stack.split('\n')[0] ?? '')} [BUG]\n${stack.split('\n').slice(1).map(visible).join('\n')}\n  This is a bug in mailbench; please report it with the command you ran.\n`;
}

/** What the machine lacks, wherever it was noticed; any other error of a system call is a bug of ours. */
const SCARCE: Readonly<Record<string, string>> = {
  EMFILE: 'Raise the limit on open files (ulimit -n).',
  ENFILE: 'Close other programs, or raise fs.file-max.',
  ENOMEM: 'Free some memory.',
  ENOSPC: 'Free some space on the disk that is written to.',
  EDQUOT: 'Free some space on the disk that is written to.',
  EIO: 'Check the disk or terminal that is written to.',
};

function isRefusalOfSystem(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'code' in error && Object.hasOwn(SCARCE, String(error.code));
}

function refused({ message, code }: NodeJS.ErrnoException): EnvironmentError {
  return new EnvironmentError('SYSTEM_REFUSED', `the system refused: ${message}`, {
    hint: SCARCE[code ?? ''] ?? 'Check the machine.',
  });
}

function describeProblems({ problems }: ProblemsError): string {
  const lines = problems.flatMap(({ where, path, message, hint, code }) => {
    const place = [where, path].filter((part) => part !== '').join(' ');
    const head = `${place === '' ? '' : `${visible(place)}: `}${visible(message)} [${code}]`;
    return hint === undefined ? [head] : [head, `    ${visible(hint)}`];
  });
  const count = problems.length === 1 ? '1 problem' : `${problems.length} problems`;
  return `${lines.join('\n')}\nmailbench: ${count}; nothing was run\n`;
}

function describeKnown({ code, message, hint, cause }: MailbenchError): string {
  const because = cause instanceof Error && code === 'BUG' ? `\n  ${visible(cause.message)}` : '';
  return `mailbench: ${visible(message)} [${code}]${because}\n${hint === undefined ? '' : `  ${visible(hint)}\n`}`;
}
