/**
 * Where a function stands in its source: V8 knows, and tells it to debuggers alone.
 *
 * A debugger's session with this thread is opened for the question and closed again. Synchronous.
 */
import { Session } from 'node:inspector';
import { fileURLToPath } from 'node:url';
import type { Place } from './thrown.js';

type AnyFunction = (...args: never[]) => unknown;

/** Places of the functions, in their order; null where V8 does not say, as of bound functions. */
export function placesOf(functions: readonly AnyFunction[]): readonly (Place | null)[] {
  const session = new Session();
  const files = new Map<string, string>();
  // The session sees what is global, and nothing else.
  const key = Symbol.for('mailbench.functions');
  const holder = globalThis as unknown as Record<symbol, unknown>;
  holder[key] = functions;
  try {
    session.connect();
    session.on('Debugger.scriptParsed', ({ params }) => files.set(params.scriptId, params.url));
    session.post('Debugger.enable');
    return functions.map((_, index) => placeOf(session, index, files));
  } catch {
    // A Node without an inspector, or one that is being debugged.
    return functions.map(() => null);
  } finally {
    session.disconnect();
    delete holder[key];
  }
}

function placeOf(session: Session, index: number, files: ReadonlyMap<string, string>): Place | null {
  let place: Place | null = null;
  const expression = `globalThis[Symbol.for('mailbench.functions')][${index}]`;
  session.post('Runtime.evaluate', { expression }, (_, evaluated) => {
    const objectId = evaluated?.result.objectId;
    if (objectId === undefined) return;
    session.post('Runtime.getProperties', { objectId, ownProperties: true }, (_error, found) => {
      const location = found?.internalProperties?.find(({ name }) => name === '[[FunctionLocation]]');
      place = placeIn(location?.value?.value, files);
    });
  });
  return place;
}

function placeIn(location: unknown, files: ReadonlyMap<string, string>): Place | null {
  if (typeof location !== 'object' || location === null) return null;
  const { scriptId, lineNumber, columnNumber } = location as Readonly<Record<string, unknown>>;
  const url = files.get(String(scriptId)) ?? '';
  if (typeof lineNumber !== 'number' || !url.startsWith('file://')) return null;
  const column = typeof columnNumber === 'number' ? columnNumber + 1 : null;
  return { path: fileURLToPath(url), line: lineNumber + 1, column };
}
