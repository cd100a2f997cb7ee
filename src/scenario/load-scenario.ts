/**
 * From file, environment and flags to a Scenario: the one way in.
 *
 * Defaults < file < environment < flags. Throws ScenarioError with every problem there is, and nothing else; returns
 * deeply frozen plain data. Reads the scenario file and the files it names, and no other one; touches no network.
 */
import { basename, dirname } from 'node:path';
import { type Problem, ScenarioError } from '../errors.js';
import { isLoopbackHost } from '../safety.js';
import { formatKeyPath, type KeyPath } from '../yaml/key-path.js';
import { inFileOrder } from '../yaml/problem-order.js';
import type { Environment, Sources } from '../yaml/references.js';
import { isMap, problemAt, SourceTree, valueAt } from '../yaml/source-tree.js';
import { maskedPaths, readStored, type StoredWords } from '../yaml/stored-source.js';
import { readYaml } from '../yaml/yaml-source.js';
import { checkWords } from './check-words.js';
import type { CodeSource } from './code-source.js';
import { displayOf, displayWithCode, secretsIn } from './display.js';
import { executorTrees } from './executor-settings.js';
import { type ExplainedValue, explain } from './explain.js';
import { type FileDigest, withFileLog } from './file-log.js';
import { type Judged, type JudgedScenario, makeScenario, withTheirs } from './make-scenario.js';
import { applyOverride, type Override, overridesOf, type ScenarioFlags } from './overrides.js';
import { readScenarioFile } from './read-file.js';
import { codeProblems } from './rules/code.js';
import { lateActions } from './rules/delivery.js';
import { reporter, ruleProblems } from './rules/rules.js';
import { secretWordOf, showsSecret } from './sasl.js';
import type { ResolvedScenario, Scenario } from './scenario.js';
import { SecretFiles } from './secret-files.js';
import { formsOfPassword, maskSecrets } from './secrets.js';
import { settingsOfAll } from './settings.js';
import { SCENARIO_YAML_CODES } from './yaml-codes.js';

export interface ScenarioInput {
  /** Path of the scenario file; without one the scenario is built from defaults and flags. */
  readonly file?: string | undefined;
  /** What a run stored, instead of a file; `MAILBENCH_*` are passed over, they are in it. */
  readonly stored?: StoredScenario | undefined;
  readonly flags: ScenarioFlags;
  readonly env: Environment;
  /** Called when nobody gave a seed: a whole number from 0 to 2^32 − 1. */
  readonly drawSeed: () => number;
  /** The file, where it is code: imported already (see open-scenario.ts). */
  readonly code?: CodeSource;
  /** A document within another one, instead of a file. */
  readonly inline?: { readonly tree: SourceTree; readonly name: string; readonly folder: string } | undefined;
  /** Values that somebody puts over the file, before environment and flags. */
  readonly over?: readonly Override[] | undefined;
}

export interface StoredScenario extends StoredWords {
  /** What its paths are relative to. */
  readonly folder: string;
}

export type LoadedScenario = ResolvedScenario & {
  /** Sentences for the person at the keyboard: nothing that stops a run. */
  readonly warnings: readonly string[];
  /** Every value, and where it came from. */
  readonly explain: () => readonly ExplainedValue[];
  /** What was read on the way, but for secrets and the scenario file. */
  readonly files: readonly FileDigest[];
};

export function loadScenario(input: ScenarioInput): LoadedScenario {
  const { value, files } = withFileLog(() => load(input));
  return deepFreeze({ ...value, files });
}

function load(input: ScenarioInput): Omit<LoadedScenario, 'files'> {
  const files = new SecretFiles(folderOf(input));
  const source = readSource(input, files);
  const secrets = [...secretsIn(source.tree, input.env), ...files.secrets];
  const whole = judge(source.tree, input.code);
  const executors = executorTrees(source.tree).map((one) => ({ ...one, ...judge(one.tree, input.code) }));
  const problems = [...source.problems, ...withTheirs(whole.problems, executors)];
  if (problems.length > 0) throw scenarioError(problems, secrets);
  return resolved({ whole, executors }, { source, secrets, input });
}

/** One scenario with its tree; words are null when the schema found anything. */
function judge(tree: SourceTree, code: CodeSource | undefined): Judged & { readonly tree: SourceTree } {
  const { words, valid, invalid, problems } = checkWords(tree);
  const found = [...problems, ...ruleProblems(tree, valid, invalid)];
  const given = (path: KeyPath) => valueAt(tree.root, path);
  if (code !== undefined) codeProblems(code.code, given, reporter(tree, [], found));
  return { tree, words, problems: found };
}

interface Source {
  readonly tree: SourceTree;
  readonly problems: readonly Problem[];
  readonly warnings: readonly string[];
}

/** The file with environment and flags over it. Throws when there is no document to look at. */
function readSource(input: ScenarioInput, files: SecretFiles): Source {
  const sources = { env: input.env, readFile: files.read };
  const { tree, problems } = readDocument(input, sources);
  for (const override of input.over ?? []) applyOverride(tree, override);
  const ownScenarios = valueAt(tree.root, ['scenarios']);
  const {
    overrides,
    problems: found,
    warnings,
  } = overridesOf(input.flags, {
    env: input.stored === undefined ? input.env : {},
    sources,
    hasOwnScenarios: ownScenarios !== undefined,
  });
  // In front of a document that is no map, a flag has nothing to stand on.
  const isReadable = isMap(tree.root);
  const misplaced = isReadable ? overrides.flatMap((override) => applyOverride(tree, override)) : [];
  const unknown = input.stored === undefined ? [] : unknownSecrets(tree);
  const all = [...problems, ...found, ...misplaced, ...unknown];
  if (tree.root === undefined) throw scenarioError(all, [...secretsIn(tree, input.env), ...files.secrets]);
  return { tree, problems: all, warnings };
}

/** What was given anew is known again. A tag sends nothing. */
function unknownSecrets(tree: SourceTree): readonly Problem[] {
  const masked = maskedPaths(tree).filter((path) => !path.includes('tags'));
  return masked.map((path) =>
    problemAt(tree, path, {
      code: 'SCENARIO_SECRET_NOT_STORED',
      message: 'stood in the scenario itself, and secrets are not stored',
      hint: `Give it again: --set '${formatKeyPath(path)}=\${NAME}', from the environment, or \${file:PATH}.`,
    }),
  );
}

function readDocument(
  { file, code, stored, inline }: ScenarioInput,
  sources: Sources,
): { tree: SourceTree; problems: readonly Problem[] } {
  if (stored !== undefined) return readStored({ ...stored, sources, codes: SCENARIO_YAML_CODES });
  // Whoever reads it again finds it as it was.
  if (code !== undefined) return { tree: code.tree.copy(), problems: code.problems };
  if (inline !== undefined) return { tree: inline.tree.copy(), problems: [] };
  if (file === undefined) return { tree: new SourceTree({}, ''), problems: [] };
  const text = readScenarioFile(file);
  if (typeof text !== 'string') return { tree: new SourceTree(undefined, file), problems: [text] };
  const source = readYaml({ text, label: file, hasPositions: true, sources, codes: SCENARIO_YAML_CODES });
  if (source.tree.root !== null) return source;
  const empty = problemAt(source.tree, [], {
    code: 'SCENARIO_EMPTY',
    message: 'holds no scenario',
    hint: 'Start from scenarios/quick.yaml.',
  });
  return { tree: new SourceTree(undefined, file), problems: [empty] };
}

function resolved(
  judged: JudgedScenario,
  context: { readonly source: Source; readonly secrets: readonly string[]; readonly input: ScenarioInput },
): Omit<LoadedScenario, 'files'> {
  const { source, input } = context;
  const { drawSeed, file } = input;
  const around = {
    name: input.inline?.name ?? nameOf(file),
    drawSeed,
    folder: folderOf(input),
    code: input.code?.code ?? null,
  };
  const { complete, target, scenario: made, problems } = makeScenario(judged, around);
  if (problems.length > 0) throw scenarioError(problems, context.secrets);
  const secrets = [...new Set([...context.secrets, ...secretsInFiles(made)])];
  // It is in every report.
  const scenario = { ...made, name: maskSecrets(made.name, secrets) };
  const shown = displayOf(complete, target, { tree: source.tree, secrets });
  const display = displayWithCode(shown, scenario.code);
  const warnings = [
    ...source.warnings,
    ...new Set([scenario, ...settingsOfAll(scenario)].flatMap(warningsOf)),
    ...lateActions(complete),
  ];
  const origins = { words: complete, tree: source.tree, secrets, env: input.env, code: scenario.code };
  return {
    ...{ scenario, display, secrets },
    warnings: warnings.map((warning) => maskSecrets(warning, secrets)),
    explain: () => explain(display, origins),
  };
}

/** Of the files that were read on the way: private keys and users. */
function secretsInFiles(scenario: Scenario): readonly string[] {
  return [scenario, ...settingsOfAll(scenario)].flatMap(({ target, messages }) => {
    const passwords = target.auth?.users.flatMap(({ pass }) => formsOfPassword(pass)) ?? [];
    const keys = messages.flatMap((entry) => ('dkim' in entry ? entry.dkim.map(({ key }) => key) : []));
    return [...passwords, ...keys, ...(target.tls.key === null ? [] : [target.tls.key])];
  });
}

function warningsOf({ target }: Pick<Scenario, 'target'>): readonly string[] {
  const { routes, auth, tls } = target;
  if (auth === null) return [];
  if (auth.method === 'external' && tls.cert === null) {
    return [
      'auth.method is external, but there is no client certificate: set cert and key under target.tls.',
    ];
  }
  const isNear = routes.every(
    ({ address }) =>
      address.kind === 'unix' ||
      address.kind === 'exec' ||
      (address.kind === 'tcp' && isLoopbackHost(address.host)),
  );
  const isSafe = tls.share === 1 && (tls.mode === 'starttls' || tls.mode === 'implicit');
  if (isSafe || isNear || !auth.allowPlaintext || !showsSecret(auth.method)) return [];
  const secret = secretWordOf(auth.method) === 'token' ? 'token' : 'password';
  const goes = tls.mode === 'none' ? 'goes' : 'may go';
  return [
    `The ${secret} ${goes} to ${target.url} in plain text: set \`tls: { mode: starttls }\` under target.`,
  ];
}

/** What the paths of a scenario are relative to. */
function folderOf({ file, stored, inline }: ScenarioInput): string {
  if (stored !== undefined) return stored.folder;
  if (inline !== undefined) return inline.folder;
  return file === undefined ? '.' : dirname(file);
}

function nameOf(file: string | undefined): string {
  if (file === undefined) return 'ad-hoc';
  const name = basename(file).replace(/\.(?:ya?ml|json|m?ts|[cm]?js)$/i, '');
  return name.replace(/\p{Cc}/gu, '').slice(0, 100) || 'scenario';
}

function scenarioError(problems: readonly Problem[], secrets: readonly string[]): ScenarioError {
  return new ScenarioError(inFileOrder(problems).map((problem) => withoutSecrets(problem, secrets)));
}

/** A flag's label and the key of a map may hold one too; the name of a file is left as it is. */
function withoutSecrets(problem: Problem, secrets: readonly string[]): Problem {
  const mask = (text: string) => maskSecrets(text, secrets);
  const { where, path, message, hint } = problem;
  return {
    ...problem,
    where: where.startsWith('--') ? mask(where) : where,
    path: mask(path),
    message: mask(message),
    ...(hint === undefined ? {} : { hint: mask(hint) }),
  };
}

function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  for (const item of Object.values(value)) deepFreeze(item);
  return Object.freeze(value);
}
