/**
 * The scenario file's text, or the reason there is none as a problem.
 */
import { readFileSync } from 'node:fs';
import type { Problem } from '../errors.js';
import { reasonOf } from './files-beside.js';
import type { ScenarioProblemCode } from './problem-codes.js';

const MAX_FILE_BYTES = 1024 * 1024;

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EACCES: 'you may not read it',
  EISDIR: 'it is a directory',
};

export function readScenarioFile(file: string): string | Problem {
  let content: Buffer;
  try {
    content = readFileSync(file);
  } catch (error) {
    const reason = reasonOf(error);
    return problem(file, 'SCENARIO_FILE_UNREADABLE', {
      message: `cannot be read: ${REASONS[reason] ?? reason}`,
      hint: 'Give the path of a scenario file, e.g. scenarios/quick.yaml.',
    });
  }
  if (content.length > MAX_FILE_BYTES) {
    return problem(file, 'SCENARIO_FILE_TOO_LARGE', {
      message: `is ${content.length} bytes; a scenario file has at most ${MAX_FILE_BYTES}`,
      hint: 'Is it the right file? Large content belongs into attachments.',
    });
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(content);
  } catch {
    return problem(file, 'SCENARIO_FILE_ENCODING', {
      message: 'is not UTF-8 text',
      hint: 'Save it as UTF-8.',
    });
  }
}

function problem(
  file: string,
  code: ScenarioProblemCode,
  text: { readonly message: string; readonly hint: string },
): Problem {
  return { code, where: file, path: '', ...text };
}
