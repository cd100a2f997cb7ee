/**
 * A scenario module as a document: its default export taken apart into words, which go the way of a YAML file's, and functions.
 *
 * What is not plain data is a problem at its key; so is a function in a place where none is called, or one that was exported
 * by name as for k6. There are no lines for single values: a problem names the file and the path of its key.
 */
import { resolve } from 'node:path';
import { types } from 'node:util';
import { placesOf } from '../code/function-place.js';
import { digestOf, importModule, isCodePath } from '../code/import-module.js';
import { CodeSyntaxError, placeText, thrownError } from '../code/thrown.js';
import { type Problem, ScenarioError } from '../errors.js';
import type { KeyPath } from '../yaml/key-path.js';
import { isMap, problemAt, SourceTree } from '../yaml/source-tree.js';
import { type PlainData, plainData } from './plain-data.js';
import type { ScenarioProblemCode } from './problem-codes.js';
import { readScenarioFile } from './read-file.js';
import { CODE_FUNCTIONS, type CodeFile, type CodeFunction } from './scenario.js';

export interface CodeSource {
  readonly code: CodeFile;
  /** The words, without the functions. */
  readonly tree: SourceTree;
  readonly problems: readonly Problem[];
}

export { isCodePath };

/** Imports the file. @throws ScenarioError when there is no scenario in it, CodeError when it threw */
export async function readCode(file: string): Promise<CodeSource> {
  const text = readScenarioFile(file);
  if (typeof text !== 'string') throw new ScenarioError([text]);
  const named = { file, path: resolve(file) };
  // Before it is imported: whoever writes it meanwhile is found out by the shards.
  const sha256 = digestOf(named.path);
  const exported = await importFrom(named);
  const problems: Problem[] = [];
  const taken = takeApart(exported.default, named);
  const tree = new SourceTree(taken.data, file);
  const report: Report = (path, code, message, hint) => {
    problems.push(problemAt(tree, path, { code, message, hint }));
  };
  for (const { path, what } of taken.odd) {
    report(
      path,
      'SCENARIO_TYPE',
      `must be plain data, found ${what}`,
      'Write text, numbers, lists and maps.',
    );
  }
  const functions = functionsIn(taken.functions, report);
  checkNamedExports(exported, report);
  return { code: { ...named, sha256, functions: placedFunctions(functions, named) }, tree, problems };
}

type Report = (path: KeyPath, code: ScenarioProblemCode, message: string, hint: string) => void;
type Named = Pick<CodeFile, 'file' | 'path'>;
type Functions = ReadonlyMap<CodeFunction, (...args: never[]) => unknown>;

async function importFrom(named: Named): Promise<Readonly<Record<string, unknown>>> {
  let exported: Readonly<Record<string, unknown>>;
  try {
    exported = await importModule(named.path);
  } catch (error) {
    if (error instanceof CodeSyntaxError) throw new ScenarioError([syntaxProblem(error, named)]);
    throw thrownError('The module', error, named);
  }
  if (isMap(exported.default)) return exported;
  throw new ScenarioError([
    {
      code: 'SCENARIO_CODE_EXPORT',
      where: named.file,
      path: '',
      message: 'has no scenario as its default export',
      hint: "Write `import { defineScenario } from 'mailbench'; export default defineScenario({ … });`.",
    },
  ]);
}

/** Its object may have getters, which are code too. */
function takeApart(value: unknown, named: Named): PlainData {
  try {
    return plainData(value);
  } catch (error) {
    throw thrownError('The default export', error, named);
  }
}

function syntaxProblem({ reason, place }: CodeSyntaxError, named: Named): Problem {
  return {
    code: 'SCENARIO_CODE_SYNTAX',
    where: placeText(place, named),
    path: '',
    message: `is not code that can be run: ${reason}`,
    hint: hintFor(reason, named.file),
  };
}

function hintFor(reason: string, file: string): string {
  if (/'?(?:export|import)'?$|import statement/.test(reason))
    return 'Name it .mjs, or put `"type": "module"` into the package.json of its folder.';
  if (/\.m?ts$/i.test(file))
    return 'Types must be such as can simply be left out: no enums, namespaces or parameter properties.';
  return 'Correct it at this place.';
}

/** `envelope.each` has parameters of MAIL and RCPT beside it. */
function isFunctionPlace(path: KeyPath): boolean {
  const [key, each] = path;
  const isName = CODE_FUNCTIONS.some((name) => name === key);
  return isName && (path.length === 1 || (path.length === 2 && key === 'envelope' && each === 'each'));
}

function functionsIn(
  found: readonly { readonly path: KeyPath; readonly value: (...args: never[]) => unknown }[],
  report: Report,
): Functions {
  const functions = new Map<CodeFunction, (...args: never[]) => unknown>();
  for (const { path, value } of found) {
    const name = CODE_FUNCTIONS.find((known) => known === path[0]);
    if (name === undefined || !isFunctionPlace(path)) {
      report(
        path,
        'SCENARIO_CODE_FUNCTION',
        'is a function, and nothing calls one here',
        `Functions are ${CODE_FUNCTIONS.map((known) => `\`${known}\``).join(', ')}; anything else is data.`,
      );
    } else if (types.isAsyncFunction(value) && name !== 'setup' && name !== 'teardown') {
      report(
        path,
        'SCENARIO_CODE_ASYNC',
        'is asynchronous, and a message that is due cannot wait',
        'Fetch what it needs in `setup`, which may be asynchronous.',
      );
    } else functions.set(name, value);
  }
  return functions;
}

/** k6 reads named exports; here they would be passed over in silence. */
function checkNamedExports(exported: Readonly<Record<string, unknown>>, report: Report): void {
  for (const name of [...CODE_FUNCTIONS, 'options'] as const) {
    if (!Object.hasOwn(exported, name)) continue;
    report(
      [],
      'SCENARIO_CODE_EXPORT',
      `exports \`${name}\` by name, where nothing looks for it`,
      'Make it a part of the default export: defineScenario({ … }).',
    );
  }
}

function placedFunctions(functions: Functions, named: Named): CodeFile['functions'] {
  const places = placesOf([...functions.values()]);
  return Object.fromEntries(
    [...functions.keys()].map((name, index) => {
      const place = places[index] ?? null;
      return [name, place === null ? named.file : placeText({ ...place, column: null }, named)];
    }),
  );
}
