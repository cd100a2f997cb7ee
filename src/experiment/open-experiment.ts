/**
 * From an experiment file to an Experiment: the one way in. Every variant's scenario is loaded once, so that all mistakes are told before
 * anything is run, at the place where they stand.
 *
 * Throws ScenarioError with every problem there is. Reads the files it names, and touches no network.
 */
import { createHash } from 'node:crypto';
import { basename, dirname, resolve } from 'node:path';
import { defaultMarginOf, defaultPrimaries } from '../compare/comparison.js';
import { type Measure, parseMeasure } from '../compare/measure.js';
import { type Problem, ScenarioError } from '../errors.js';
import { canTellDrained } from '../run/trial.js';
import { isCodePath } from '../scenario/code-source.js';
import { overridesIn } from '../scenario/executor-settings.js';
import { type LoadedScenario, loadScenario } from '../scenario/load-scenario.js';
import { openScenario } from '../scenario/open-scenario.js';
import type { Override } from '../scenario/overrides.js';
import { readScenarioFile } from '../scenario/read-file.js';
import { SecretFiles } from '../scenario/secret-files.js';
import { SCENARIO_YAML_CODES } from '../scenario/yaml-codes.js';
import { leastPairs } from '../statistics/effect-size.js';
import { flattenIssues, problemsOf } from '../yaml/issues.js';
import { formatKeyPath, type KeyPath } from '../yaml/key-path.js';
import { inFileOrder } from '../yaml/problem-order.js';
import { toMs, toShare } from '../yaml/quantity-words.js';
import type { Environment } from '../yaml/references.js';
import { isMap, problemAt, SourceTree, valueAt } from '../yaml/source-tree.js';
import { readYaml } from '../yaml/yaml-source.js';
import type { Experiment, Variant } from './experiment.js';
import { type ExperimentWords, experimentWords } from './words.js';

export interface ExperimentInput {
  readonly file: string;
  readonly env: Environment;
  readonly drawSeed: () => number;
  /** Compares the baseline with itself; the file may then be a scenario. */
  readonly isAgainstItself: boolean;
  /** Of the command line; they win. */
  readonly flags: {
    readonly rounds?: number | undefined;
    readonly seed?: number | undefined;
    readonly set?: readonly string[] | undefined;
    readonly authorized?: boolean | undefined;
  };
}

const COMMANDS: readonly string[] = ['prepare', 'ready', 'conclude'];

/** @throws ScenarioError */
export async function openExperiment(input: ExperimentInput): Promise<Experiment> {
  const tree = readTree(input);
  const words = checked(tree);
  const problems: Problem[] = [];
  const primaries = primariesOf(words, tree, problems);
  const marginOf = marginsOf(words, tree, problems);
  const baseline = words.baseline ?? Object.keys(words.variants)[0] ?? '';
  if (words.variants[baseline] === undefined)
    problems.push(problemAt(tree, ['baseline'], { ...NO_VARIANT, message: 'names no variant' }));
  const names = [baseline, ...Object.keys(words.variants).filter((name) => name !== baseline)];
  const own = names.map((name) => variantOf(name, words, { tree, input }));
  const variants = input.isAgainstItself ? twice(own[0] as Variant) : own;
  const loaded = await loadAll(variants, problems);
  if (problems.length > 0) throw new ScenarioError(inFileOrder(problems));
  checkDrained(loaded, words, tree);
  const rounds = input.flags.rounds ?? words.rounds;
  return {
    name: words.name ?? basename(input.file).replace(/\.(?:ya?ml|json)$/i, ''),
    folder: dirname(input.file),
    rounds,
    seed: input.flags.seed ?? words.seed ?? input.drawSeed(),
    ...{ primaries, marginOf, variants },
    drained: words.drained ?? null,
    drainWithinMs: toMs(words.drainWithin),
    readyWithinMs: toMs(words.readyWithin),
    digest: createHash('sha256')
      .update(JSON.stringify([tree.root, input.flags.set ?? [], input.isAgainstItself]))
      .digest('hex'),
    warnings: [
      ...new Set(loaded.flatMap(({ warnings }) => warnings)),
      ...tooFew(rounds, primaries.length * (variants.length - 1)),
    ],
  };
}

/** The same under another name. */
function twice(variant: Variant): readonly Variant[] {
  return [variant, { ...variant, name: `${variant.name}-again` }];
}

const NO_VARIANT = { code: 'SCENARIO_VALUE_UNKNOWN' };

function tooFew(rounds: number, questions: number): readonly string[] {
  const least = leastPairs(questions);
  if (rounds >= least) return [];
  return [
    `With ${questions} ${questions === 1 ? 'question' : 'questions'} (measures × variants), fewer than ${least} rounds cannot rule out chance.`,
  ];
}

/** Whether somebody meant an experiment, however wrong it may be. */
export function isExperimentFile(file: string): boolean {
  if (isCodePath(file)) return false;
  const text = readScenarioFile(file);
  if (typeof text !== 'string') return false;
  const sources = { env: {}, readFile: null };
  const { tree } = readYaml({ text, label: file, hasPositions: false, sources, codes: SCENARIO_YAML_CODES });
  return isMap(tree.root) && tree.root.variants !== undefined;
}

/** Of a scenario: it, and nothing over it. */
function treeOfScenario(file: string): SourceTree {
  return new SourceTree({ scenario: basename(file), variants: { same: {}, other: {} } }, file);
}

function readTree({ file, env, isAgainstItself }: ExperimentInput): SourceTree {
  const text = readScenarioFile(file);
  if (typeof text !== 'string') throw new ScenarioError([text]);
  const files = new SecretFiles(dirname(file));
  const sources = { env, readFile: files.read };
  const { tree, problems } = readYaml({
    text,
    label: file,
    hasPositions: true,
    sources,
    codes: SCENARIO_YAML_CODES,
  });
  if (problems.length > 0 || tree.root === undefined) throw new ScenarioError(inFileOrder(problems));
  const isScenario = isMap(tree.root) && tree.root.scenarios !== undefined;
  return isAgainstItself && isScenario ? treeOfScenario(file) : tree;
}

function checked(tree: SourceTree): ExperimentWords {
  const parsed = experimentWords.safeParse(tree.root);
  if (parsed.success) return parsed.data;
  const issues = flattenIssues(parsed.error.issues, tree.root);
  const context = {
    tree,
    root: tree.root,
    schema: experimentWords,
    codes: SCENARIO_YAML_CODES,
    examples: EXAMPLES,
  };
  throw new ScenarioError(inFileOrder(issues.flatMap((issue) => problemsOf(issue, context))));
}

const EXAMPLES = {
  scenario: 'Add the scenario that all variants run, e.g. `scenario: load.yaml`.',
  variants: 'Add what is compared, e.g. `variants: { without: {}, with: { prepare: "./switch-on.sh" } }`.',
};

function primariesOf(words: ExperimentWords, tree: SourceTree, problems: Problem[]): readonly Measure[] {
  if (words.primary === undefined) return defaultPrimaries();
  return words.primary.flatMap((text, at) => {
    const measure = parseMeasure(text);
    if (!('problem' in measure)) return measure;
    problems.push(problemAt(tree, ['primary', at], { code: 'SCENARIO_THRESHOLD', message: measure.problem }));
    return [];
  });
}

function marginsOf(
  { margin }: ExperimentWords,
  tree: SourceTree,
  problems: Problem[],
): (measure: Measure) => number {
  if (!isMap(margin)) {
    const one = toShare(margin as string | number);
    return (measure) => (measure.scale === 'ratio' ? one : defaultMarginOf(measure));
  }
  const map = new Map(
    Object.entries(margin).map(([name, word]) => [nameOf(name), toShare(word as string | number)]),
  );
  for (const name of Object.keys(margin)) {
    const measure = name === 'default' ? null : parseMeasure(name);
    if (measure !== null && 'problem' in measure)
      problems.push(
        problemAt(tree, ['margin', name], { code: 'SCENARIO_THRESHOLD', message: measure.problem }),
      );
  }
  const fallback = map.get('default');
  return (measure) =>
    map.get(measure.name) ?? (measure.scale === 'ratio' ? fallback : undefined) ?? defaultMarginOf(measure);
}

/** As a measure is called, however it was spaced. */
function nameOf(text: string): string {
  const measure = parseMeasure(text);
  return 'problem' in measure ? text : measure.name;
}

function variantOf(
  name: string,
  { scenario, variants }: ExperimentWords,
  { tree, input }: { readonly tree: SourceTree; readonly input: ExperimentInput },
): Variant {
  const { prepare = null, ready = null, conclude = null } = variants[name] ?? {};
  const folder = dirname(input.file);
  const over = overridesOfVariant(tree, name);
  const inline =
    typeof scenario === 'string'
      ? undefined
      : { tree: tree.at(['scenario']), name: basename(input.file).replace(/\.ya?ml$/i, ''), folder };
  const load = async (seed: number): Promise<LoadedScenario> => {
    const { set, authorized } = input.flags;
    const rest = { flags: { set, authorized, seed }, env: input.env, drawSeed: () => seed, over };
    if (inline !== undefined) return loadScenario({ ...rest, inline });
    return openScenario({ ...rest, file: resolve(folder, scenario as string) });
  };
  return { name, prepare, ready, conclude, load };
}

/** What stands beside the commands goes over the scenario, maps key by key. */
function overridesOfVariant(tree: SourceTree, name: string): readonly Override[] {
  const own = tree.at(['variants', name]);
  for (const command of COMMANDS) own.remove([command]);
  return overridesIn(own, isMergedInVariant);
}

/** Whether a map there is taken key by key, and not as a whole. */
function isMergedInVariant(path: KeyPath): boolean {
  return /^(?:|target|target\.(?:tls|auth|dns)|client|envelope|delivery|delivery\.sink|tags|thresholds|scenarios|scenarios\.[\w-]+)$/.test(
    formatKeyPath(path),
  );
}

async function loadAll(
  variants: readonly Variant[],
  problems: Problem[],
): Promise<readonly LoadedScenario[]> {
  const known = new Set<string>();
  const loaded: LoadedScenario[] = [];
  for (const variant of variants) {
    try {
      loaded.push(await variant.load(0));
    } catch (error) {
      if (!(error instanceof ScenarioError)) throw error;
      const fresh = error.problems.filter((problem) => !known.has(JSON.stringify(problem)));
      for (const problem of fresh) known.add(JSON.stringify(problem));
      problems.push(...fresh);
    }
  }
  return loaded;
}

function checkDrained(
  loaded: readonly LoadedScenario[],
  { drained }: ExperimentWords,
  tree: SourceTree,
): void {
  if (loaded.every((one) => canTellDrained(one, drained ?? null))) return;
  const isGiven = valueAt(tree.root, ['drained']) !== undefined;
  throw new ScenarioError([
    problemAt(tree, isGiven ? ['drained'] : [], {
      code: 'SCENARIO_DELIVERY',
      message:
        'says nothing of how to tell that the server has delivered everything: what is left of one run would be measured in the next',
      hint: 'Add `drained: "COMMAND"`, which ends with 0 once the queue is empty, or `delivery:` to the scenario; a server that queues nothing: `drained: "true"`.',
    }),
  ]);
}
