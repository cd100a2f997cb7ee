/**
 * TypeScript to JavaScript: types become blanks, so that every line and column stays where it was.
 *
 * Done by SWC, as Node itself does it. What cannot simply be left out (enums, namespaces, parameter properties) is refused.
 * Also finds where JavaScript is broken, which V8 does not say of modules.
 */
import { CodeSyntaxError } from './thrown.js';

/** @throws CodeSyntaxError */
export async function stripTypes(source: string, path: string): Promise<string> {
  // 3.6 MB, and wanted only for TypeScript on an older Node and for mistakes.
  const { transformSync } = await import('@swc/wasm-typescript');
  try {
    return transformSync(source, { mode: 'strip-only', filename: path }).code;
  } catch (error) {
    throw syntaxErrorOf(error, path);
  }
}

/** SWC throws plain objects. */
function syntaxErrorOf(error: unknown, path: string): CodeSyntaxError {
  const { message, startLine, startColumn } = (error ?? {}) as Partial<
    Record<'message' | 'startLine' | 'startColumn', unknown>
  >;
  const place =
    typeof startLine === 'number' && typeof startColumn === 'number'
      ? { path, line: startLine, column: startColumn + 1 }
      : { path, line: 1, column: 1 };
  return new CodeSyntaxError(typeof message === 'string' ? message : String(error), place);
}
