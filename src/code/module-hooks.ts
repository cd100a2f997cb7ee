/**
 * Module hooks: what Node is told about scenario code. Runs in Node's own thread for hooks (see import-module.ts).
 *
 * `mailbench` means the one that runs, wherever it is installed. Types are taken out of `.ts` files where Node does not do
 * it itself (before 22.18): what is left keeps its lines and columns. Only syntax that can be taken out is taken, so that a
 * file means the same on every version of Node; anything else is an error that names its place.
 */
import { readFile } from 'node:fs/promises';
import type { LoadHook, ResolveHook } from 'node:module';
import { fileURLToPath } from 'node:url';
import { stripTypes } from './strip-types.js';

const ENTRY = new URL('../mailbench.js', import.meta.url).href;

/** What Node does with `.ts` files: `strip`, or nothing. */
const native = (process.features as { readonly typescript?: string | false }).typescript ?? false;

export const resolve: ResolveHook = (specifier, context, next) =>
  specifier === 'mailbench' ? { url: ENTRY, shortCircuit: true } : next(specifier, context);

export const load: LoadHook = async (url, context, next) => {
  if (!/^file:.*\.m?ts$/.test(url)) return next(url, context);
  // They are modules, whatever a package.json around them says of .js files.
  if (native !== false) return next(url, { ...context, format: 'module-typescript' as 'module' });
  const path = fileURLToPath(url);
  const source = await stripTypes(await readFile(path, 'utf8'), path);
  return { format: 'module', source: `${source}\n//# sourceURL=${url}`, shortCircuit: true };
};
