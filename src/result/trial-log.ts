/**
 * Trial log: what an experiment or a search for capacity has done so far, a line of JSON each, so that it can go on after whatever
 * ended it. The last line may be torn; it was not done then.
 */
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, truncateSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { z } from 'zod';
import { UsageError } from '../errors.js';
import { writeError } from './file-error.js';

export class TrialLog<Line> {
  readonly #path: string;
  readonly #schema: z.ZodType<Line>;

  constructor(directory: string, file: string, schema: z.ZodType<Line>) {
    this.#path = join(directory, file);
    this.#schema = schema;
  }

  /** On disk when it returns; a torn line before it is gone. @throws EnvironmentError */
  append(line: Line): void {
    try {
      this.#dropTorn();
      const file = openSync(this.#path, 'a');
      try {
        writeSync(file, `${JSON.stringify(line)}\n`);
        fsyncSync(file);
      } finally {
        closeSync(file);
      }
    } catch (error) {
      throw writeError(error, this.#path);
    }
  }

  /** Empty where nothing was done. @throws UsageError TRIAL_LOG_INVALID with the line that is wrong */
  read(): readonly Line[] {
    if (!existsSync(this.#path)) return [];
    const lines = readFileSync(this.#path, 'utf8').split('\n').slice(0, -1);
    return lines.map((line, at) => this.#parse(line, at + 1));
  }

  #dropTorn(): void {
    if (!existsSync(this.#path)) return;
    const bytes = readFileSync(this.#path);
    const whole = bytes.lastIndexOf('\n') + 1;
    if (whole < bytes.length) truncateSync(this.#path, whole);
  }

  #parse(line: string, number: number): Line {
    const parsed = this.#schema.safeParse(jsonOf(line));
    if (parsed.success) return parsed.data;
    const issue = parsed.error.issues[0]!;
    throw new UsageError(
      'TRIAL_LOG_INVALID',
      `${this.#path}, line ${number}: ${issue.path.join('.') || 'the whole line'}: ${issue.message}`,
      { hint: 'It was changed by hand, or by another version of mailbench: begin anew.' },
    );
  }
}

function jsonOf(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}
