/**
 * A scenario's code in a run: the functions of a module, called with what they expect, their results checked.
 *
 * The run and each shard open it for themselves; that the file is still the one the run was planned with is checked each
 * time. Whatever a function throws or returns that cannot be used is a CodeError which names the function and its place.
 */
import { CodeError, type UsageError } from '../errors.js';
import type { MadeEnvelope, MadeMessage, MessageMaker } from '../message/made-source.js';
import type { CodeFile, CodeFunction } from '../scenario/scenario.js';
import {
  CodeContext,
  DRAW_ENVELOPE_CODE,
  DRAW_MESSAGE_CODE,
  DRAW_PACING_CODE,
  type RunFacts,
} from './context.js';
import { digestOf, importModule } from './import-module.js';
import { ReturnedFault, readEnvelope, readMessage, readPacing } from './returned.js';
import { CodeSyntaxError, thrownError } from './thrown.js';

export interface CodeRunOptions extends RunFacts {
  readonly code: CodeFile;
  /** The user's word that domains which are not reserved may be mailed. */
  readonly isAuthorized: boolean;
}

type AnyFunction = (...args: unknown[]) => unknown;

/** @throws CodeError when the file is another one by now, or throws while it is imported */
export async function openCode(options: CodeRunOptions): Promise<CodeRun> {
  const { code } = options;
  if (digest(code) !== code.sha256) {
    throw new CodeError('CODE_CHANGED', `${code.file} is not the file that the run was planned with`, {
      hint: 'Leave scenario code alone until the run has begun, and have the same file wherever a part of it runs.',
    });
  }
  return new CodeRun(options, await exportOf(code));
}

export class CodeRun implements MessageMaker {
  readonly #options: CodeRunOptions;
  readonly #exported: Readonly<Record<string, unknown>>;

  constructor(options: CodeRunOptions, exported: Readonly<Record<string, unknown>>) {
    this.#options = options;
    this.#exported = exported;
  }

  /** The same, with what setup returned. */
  withData(data: unknown): CodeRun {
    return new CodeRun({ ...this.#options, data }, this.#exported);
  }

  has(name: CodeFunction): boolean {
    return this.#options.code.functions[name] !== undefined;
  }

  envelope(number: number): MadeEnvelope {
    const context = new CodeContext(number, this.#options, DRAW_ENVELOPE_CODE);
    const returned = readEnvelope(this.#call('envelope', context), this.#options.isAuthorized);
    return returned instanceof ReturnedFault ? this.#refuse('envelope', returned) : returned;
  }

  /** As `envelope`; nobody where it throws: mail of a stranger may bear any number. */
  recipientsOf(number: number): readonly string[] {
    try {
      return this.envelope(number).to;
    } catch {
      return [];
    }
  }

  message(number: number, { from, to }: Pick<MadeEnvelope, 'from' | 'to'>): MadeMessage {
    const context = Object.assign(new CodeContext(number, this.#options, DRAW_MESSAGE_CODE), { from, to });
    const returned = readMessage(this.#call('message', context));
    return returned instanceof ReturnedFault ? this.#refuse('message', returned) : returned;
  }

  /** ms. */
  pacing(number: number, vu: number): number {
    const context = Object.assign(new CodeContext(number, this.#options, DRAW_PACING_CODE), { vu });
    const returned = readPacing(this.#call('pacing', context));
    return returned instanceof ReturnedFault ? this.#refuse('pacing', returned) : returned;
  }

  /** Of a message that was returned and cannot be composed. */
  refusal({ message, hint }: UsageError): CodeError {
    return this.#error('message', `what cannot be sent: ${message}`, hint);
  }

  /** Settles with what it returned, as JSON. */
  async setup(): Promise<unknown> {
    const returned = await this.#await('setup', []);
    try {
      return returned === undefined ? undefined : JSON.parse(JSON.stringify(returned));
    } catch (error) {
      throw this.#error('setup', 'what is no JSON', `Shards get a copy of it: ${String(error)}.`);
    }
  }

  async teardown(data: unknown): Promise<void> {
    await this.#await('teardown', [data]);
  }

  #call(name: CodeFunction, context: unknown): unknown {
    let returned: unknown;
    try {
      returned = this.#invoke(name, [context]);
    } catch (error) {
      throw thrownError(`${name}()`, error, this.#options.code);
    }
    if (!(returned instanceof Promise)) return returned;
    // Nobody waits for it: what it comes to must not end the process.
    returned.catch(() => {});
    throw this.#error(name, 'a promise', ASYNC_HINT);
  }

  async #await(name: 'setup' | 'teardown', args: readonly unknown[]): Promise<unknown> {
    try {
      return await this.#invoke(name, args);
    } catch (error) {
      throw thrownError(`${name}()`, error, this.#options.code);
    }
  }

  /** `this` is the default export, as it is of a method of it. */
  #invoke(name: CodeFunction, args: readonly unknown[]): unknown {
    const exported = this.#exported;
    const each = name === 'envelope' ? (exported.envelope as { readonly each?: unknown } | null)?.each : null;
    return Reflect.apply((typeof each === 'function' ? each : exported[name]) as AnyFunction, exported, args);
  }

  #refuse(name: CodeFunction, { what, hint }: ReturnedFault): never {
    throw this.#error(name, `what cannot be used: ${what}`, hint);
  }

  #error(name: CodeFunction, what: string, hint: string | undefined): CodeError {
    const place = this.#options.code.functions[name];
    const details = hint === undefined ? {} : { hint };
    return new CodeError('CODE_RETURNED', `${name}() at ${place} returned ${what}`, details);
  }
}

const ASYNC_HINT =
  'A message that is due cannot wait. Fetch what it needs in setup, which may be asynchronous.';

function digest({ path, file }: CodeFile): string {
  try {
    return digestOf(path);
  } catch (error) {
    throw new CodeError('CODE_CHANGED', `${file} cannot be read any more: ${String(error)}`, {
      hint: 'Leave scenario code where it is while it runs.',
    });
  }
}

async function exportOf(code: CodeFile): Promise<Readonly<Record<string, unknown>>> {
  try {
    return (await importModule(code.path)).default as Readonly<Record<string, unknown>>;
  } catch (error) {
    const thrown = error instanceof CodeSyntaxError ? new Error(error.message) : error;
    throw thrownError('The module', thrown, code);
  }
}
