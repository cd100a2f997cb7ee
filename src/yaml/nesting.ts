/**
 * How deeply YAML nests, seen before it is parsed: the parser recurses, and where its stack runs out while a regular
 * expression is compiled, the whole process ends, with nothing to catch. The lexer does not recurse.
 *
 * Counts collections in `[ ]` and `{ }`, entries (`- - -`) begun in one line, and the indentation of keys and entries, of which
 * each column is at most two levels. The parser's stack takes 600 levels, these limits allow about 300.
 */
import { Lexer } from 'yaml';

const MAX_INDENT = 128;
/** What the lexer says before a scalar. */
const SCALAR = '\u001f';

/** True where it is surely deeper than `maxDepth`; false says nothing about less. */
export function nestsDeeper(text: string, maxDepth: number): boolean {
  const at: Place = { flow: 0, entries: 0, margin: null, indent: 0, isScalar: false };
  for (const token of new Lexer().lex(text)) {
    take(at, token);
    if (at.flow > maxDepth || at.entries > maxDepth || at.indent > MAX_INDENT) return true;
  }
  return false;
}

interface Place {
  flow: number;
  /** Of this line. */
  entries: number;
  /** Columns before the first token of this line; null after it. */
  margin: number | null;
  indent: number;
  /** The next token is text, whatever it begins with. */
  isScalar: boolean;
}

function take(at: Place, token: string): void {
  const isText = at.isScalar;
  at.isScalar = !isText && token === SCALAR;
  if (isText) return;
  if (token === '[' || token === '{') at.flow++;
  else if (token === ']' || token === '}') at.flow--;
  else if (at.flow === 0) takeInBlock(at, token);
}

function takeInBlock(at: Place, token: string): void {
  if (token === '\n' || token === '\r\n') {
    at.entries = 0;
    at.margin = 0;
  } else if (at.margin === 0 && token.trim() === '') {
    at.margin = token.length;
  } else {
    if (token === '-' || token === '?') at.entries++;
    if (token[0] !== '#') at.indent = at.margin ?? 0;
    at.margin = null;
  }
}
