/**
 * From words that were judged to a Scenario: defaults that depend on others, files read, and what executors have of
 * their own.
 *
 * Whatever is wrong with a file is a problem, told once, however many executors share it.
 */
import { BugError, type Problem } from '../errors.js';
import type { KeyPath } from '../yaml/key-path.js';
import { problemAt, type SourceTree } from '../yaml/source-tree.js';
import { type CompleteWords, completeWords } from './complete.js';
import type { ExecutorTree } from './executor-settings.js';
import type { ScenarioProblemCode } from './problem-codes.js';
import { resolveScenario } from './resolve.js';
import { reporter } from './rules/rules.js';
import type { CodeFile, Scenario, Settings } from './scenario.js';
import type { ScenarioWords } from './schema/schema.js';
import { parseTargets, type Targets } from './targets.js';

export interface Judged {
  readonly words: ScenarioWords | null;
  readonly problems: readonly Problem[];
}

export type JudgedExecutor = ExecutorTree & Judged;

/** All without problems. */
export interface JudgedScenario {
  readonly whole: Judged & { readonly tree: SourceTree };
  readonly executors: readonly JudgedExecutor[];
}

export interface MakeOptions {
  /** Where the words have none. */
  readonly name: string;
  readonly drawSeed: () => number;
  readonly folder: string;
  readonly code: CodeFile | null;
}

export interface MadeScenario {
  readonly scenario: Scenario;
  readonly complete: CompleteWords;
  readonly target: Targets;
  readonly problems: readonly Problem[];
}

export function makeScenario({ whole, executors }: JudgedScenario, options: MakeOptions): MadeScenario {
  const made = make(whole, options);
  const theirs = executors.map((executor) => {
    const own = make(executor, { ...options, drawSeed: () => made.scenario.seed });
    return {
      ...executor,
      scenario: own.scenario,
      problems: [...own.problems, ...strange(own, made, executor)],
    };
  });
  const { scenario } = made;
  const own = theirs.map(({ name, parts, scenario: of }) => {
    return [name, { ...pick(of, parts), expect: scenario.own[name]?.expect ?? null }] as const;
  });
  return {
    ...made,
    scenario: { ...scenario, own: { ...scenario.own, ...Object.fromEntries(own) } },
    problems: withTheirs(made.problems, theirs),
  };
}

/** The problems of a scenario, and what is new in those of its executors: about themselves they know best. */
export function withTheirs(
  problems: readonly Problem[],
  executors: readonly (Pick<ExecutorTree, 'placed' | 'isAbout'> & Pick<Judged, 'problems'>)[],
): readonly Problem[] {
  const known = new Set(problems.map(idOf));
  const theirs = executors.flatMap(({ placed, problems: found }) =>
    found.flatMap((problem) => (known.has(idOf(problem)) ? [] : (placed(problem) ?? []))),
  );
  const still = problems.filter((problem) =>
    executors.every(({ isAbout, problems: found }) => !isAbout(problem) || has(found, problem)),
  );
  return [...still, ...theirs.filter((problem) => !known.has(idOf(problem)))];
}

function has(problems: readonly Problem[], problem: Problem): boolean {
  return problems.some((one) => idOf(one) === idOf(problem));
}

function idOf({ code, where, path, message }: Problem): string {
  return JSON.stringify([code, where, path, message]);
}

function make({ words, tree }: Judged & { readonly tree: SourceTree }, options: MakeOptions): MadeScenario {
  const target = words === null ? [] : parseTargets(words.target);
  // What has no problem has both.
  if (words === null || !('routes' in target)) throw new BugError('words passed their rules');
  const problems: Problem[] = [];
  const complete = completeWords(words, target, options);
  const report = reporter(tree, [], problems);
  return { complete, target, scenario: resolveScenario(complete, { ...options, target, report }), problems };
}

/** The run has one sink of its own, proves deliveries of one protocol, and shares its source ports. */
function strange(
  own: MadeScenario,
  { target }: MadeScenario,
  { tree, parts }: ExecutorTree,
): readonly Problem[] {
  const refuse = (path: KeyPath, code: ScenarioProblemCode, message: string, hint: string) => [
    problemAt(tree, path, { code, message, hint }),
  ];
  const url = ['target', 'url'];
  if (own.target.protocol !== target.protocol) {
    const message = `speaks ${own.target.protocol}, and the scenario's target ${target.protocol}`;
    return refuse(url, 'SCENARIO_TARGETS', message, 'Make it a scenario file of its own.');
  }
  if (own.target.isEmbedded && !target.isEmbedded) {
    const hint = 'Make `embedded` the target of the scenario, and name the other servers under `with`.';
    return refuse(url, 'SCENARIO_TARGETS', 'is the embedded server, which this run does not start', hint);
  }
  const isApart = parts.includes('target') || parts.includes('client');
  if (!isApart || own.scenario.client.sourcePorts === null) return [];
  return refuse(
    ['client', 'sourcePorts'],
    'SCENARIO_CLIENT_CONTRADICTION',
    'cannot be shared with an executor that has a target or client of its own: they would take the same ports',
    'Leave it out, or make two scenario files of it.',
  );
}

function pick(scenario: Scenario, parts: readonly (keyof Settings)[]): Partial<Settings> {
  return Object.fromEntries(parts.map((part) => [part, scenario[part]]));
}
