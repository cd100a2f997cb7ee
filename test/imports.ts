/**
 * What a TypeScript source file imports, read from its text.
 *
 * Sees static imports, `import type`, `export … from`, dynamic and type `import('…')`, and
 * `new URL('./x.js', import.meta.url)`, which is how worker threads and processes are started.
 * Works line by line on formatted code; it is no parser, and a specifier that is computed is not seen.
 */
export interface Import {
  /** As written: `./session.js`, `node:net`, `zod`. */
  readonly specifier: string;
  /** True where nothing is left of it at run time: `import type` and `export type`. */
  readonly isType: boolean;
  /** True for `new URL(…)`: the file is started, not loaded. */
  readonly isUrl: boolean;
}

const STATIC = /^(?:import|export)\s+(type\s+)?[^;'"]*?from\s*['"]([^'"]+)['"]/gm;
const SIDE_EFFECT = /^import\s*['"]([^'"]+)['"]/gm;
const DYNAMIC = /\bimport\(\s*['"`]([^'"`$]+)['"`]/g;
const URL_OF_FILE = /\bnew URL\(\s*['"`](\.{1,2}\/[^'"`$]+)['"`]\s*,\s*import\.meta\.url/g;

/** All imports of a file, in no particular order. */
export function readImports(source: string): Import[] {
  const code = withoutComments(source);
  return [
    ...[...code.matchAll(STATIC)].map((match) => found(match[2], { isType: match[1] !== undefined })),
    ...[...code.matchAll(SIDE_EFFECT)].map((match) => found(match[1])),
    ...[...code.matchAll(DYNAMIC)].map((match) => found(match[1])),
    ...[...code.matchAll(URL_OF_FILE)].map((match) => found(match[1], { isUrl: true })),
  ];
}

/** The code without block comments that start a line and without `//` lines and ends. Strings with `//` survive. */
export function withoutComments(source: string): string {
  return source.replace(/^\s*\/\*[\s\S]*?\*\//gm, '').replace(/(^|\s)\/\/ .*$/gm, '$1');
}

function found(specifier = '', flags: Partial<Import> = {}): Import {
  return { specifier, isType: false, isUrl: false, ...flags };
}
