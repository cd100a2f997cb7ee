/**
 * Errors in words: what is wrong, where, and what to do. Server text and file contents in them are escaped.
 */
import { MailbenchError, ScenarioError } from '../errors.js';
import { visible } from '../report/escape.js';

/** Lines for stderr. `secrets` are masked by whoever threw. */
export function describeError(error: unknown): string {
  if (error instanceof ScenarioError) return describeProblems(error);
  if (error instanceof MailbenchError) return describeKnown(error);
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return `mailbench: ${visible(stack.split('\n')[0] ?? '')} [BUG]\n${stack.split('\n').slice(1).map(visible).join('\n')}\n  This is a bug in mailbench; please report it with the command you ran.\n`;
}

function describeProblems({ problems }: ScenarioError): string {
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
