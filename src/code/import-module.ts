/**
 * Importing scenario code: the module behind a path, once in each thread, with everything that it imports.
 *
 * Node loads it: packages and relative files are found from where the scenario lies. In a thread that imports code the hooks
 * are registered first; they are asked for nothing else. A file that is no code is a CodeSyntaxError, whatever found it;
 * anything that is thrown while it is run comes as it is. What it logs goes to standard error.
 */
import { Console } from 'node:console';
import { hash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { register } from 'node:module';
import { pathToFileURL } from 'node:url';
import { stripTypes } from './strip-types.js';
import { CodeSyntaxError, syntaxFaultOf } from './thrown.js';

/** The module's exports by name. */
export type CodeModule = Readonly<Record<string, unknown>>;

const EXTENSION = /\.(?:m?ts|[cm]?js)$/i;

/** Whether a scenario file is code rather than YAML. */
export function isCodePath(file: string): boolean {
  return EXTENSION.test(file);
}

/** @throws CodeSyntaxError, and whatever the module threw */
export async function importModule(path: string): Promise<CodeModule> {
  registerHooks();
  sendConsoleToStderr();
  try {
    return (await import(pathToFileURL(path).href)) as CodeModule;
  } catch (error) {
    throw (await asSyntaxError(error, path)) ?? error;
  }
}

/** As in k6: what scenario code logs is for people, and standard output may be read by a program. */
function sendConsoleToStderr(): void {
  globalThis.console = new Console(process.stderr);
}

/** SHA-256 of the file, in hex. @throws the error of the system when it cannot be read */
export function digestOf(path: string): string {
  return hash('sha256', readFileSync(path), 'hex');
}

let isRegistered = false;

function registerHooks(): void {
  if (isRegistered) return;
  isRegistered = true;
  register(new URL('./module-hooks.js', import.meta.url));
}

async function asSyntaxError(error: unknown, path: string): Promise<CodeSyntaxError | null> {
  const fault = syntaxFaultOf(error);
  if (fault === null) return null;
  if (fault.place !== null) return new CodeSyntaxError(fault.reason, fault.place);
  // V8 names no place in a module. A second parser does, in the file it can be asked about.
  const found = await stripTypes(readFileSync(path, 'utf8'), path).catch((again: unknown) => again);
  if (found instanceof CodeSyntaxError) return new CodeSyntaxError(fault.reason, found.place);
  return new CodeSyntaxError(fault.reason, { path, line: 1, column: null });
}
