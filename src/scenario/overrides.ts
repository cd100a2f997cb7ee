/**
 * What environment and flags put over the file: single values, `--set`, `--tag`, and whole load shapes.
 *
 * Later ones win: environment, flags, `--set`, `--tag`. Each is a branch for the source tree under its own name, so
 * that a wrong `--rate` is reported as `--rate`. `--vus`, `--iterations`, `--duration` and `--rate` build one executor
 * that takes the place of the file's, as in k6.
 */
import type { Problem } from '../errors.js';
import { formatKeyPath, type KeyPath, parseKeyPath } from '../yaml/key-path.js';
import type { Environment, Sources } from '../yaml/references.js';
import { SourceTree } from '../yaml/source-tree.js';
import { readYaml, typedAsPlain } from '../yaml/yaml-source.js';
import type { ScenarioProblemCode } from './problem-codes.js';
import { SCENARIO_YAML_CODES } from './yaml-codes.js';

/** The flags of `mailbench run` that touch the scenario; text is typed as YAML would. */
export interface ScenarioFlags {
  readonly target?: string | undefined;
  readonly size?: string | number | undefined;
  readonly pipelining?: string | boolean | undefined;
  readonly messagesPerSession?: string | number | undefined;
  readonly vus?: string | number | undefined;
  readonly iterations?: string | number | undefined;
  readonly duration?: string | number | undefined;
  readonly rate?: string | number | undefined;
  readonly seed?: string | number | undefined;
  readonly authorized?: boolean | undefined;
  /** `path=value`, in order. */
  readonly set?: readonly string[] | undefined;
  /** `name=value`, in order. */
  readonly tag?: readonly string[] | undefined;
}

export interface Override {
  readonly path: KeyPath;
  readonly branch: SourceTree;
  /** True for `--set`, whose path may lead nowhere. */
  readonly hasFreePath: boolean;
}

export interface Overrides {
  readonly overrides: readonly Override[];
  readonly problems: readonly Problem[];
  readonly warnings: readonly string[];
}

/** `hasOwnScenarios`: whether the file says itself when to send. */
export function overridesOf(
  flags: ScenarioFlags,
  around: {
    /** Where `MAILBENCH_*` are looked for. */
    readonly env: Environment;
    /** What references in `--set` are resolved from. */
    readonly sources: Sources;
    readonly hasOwnScenarios: boolean;
  },
): Overrides {
  const { env, sources, hasOwnScenarios } = around;
  const sets = setOverrides(flags.set ?? [], sources);
  const tags = tagOverrides(flags.tag ?? []);
  const shape = shapeOverride(shapeValues(flags, env), hasOwnScenarios);
  return {
    overrides: [...singleValues(flags, env), ...shape.overrides, ...sets.overrides, ...tags.overrides],
    problems: [...shape.problems, ...sets.problems, ...tags.problems],
    warnings: shape.warnings,
  };
}

type SingleFlag = 'target' | 'size' | 'pipelining' | 'messagesPerSession' | 'seed' | 'authorized';

interface SingleValue {
  readonly flag: SingleFlag;
  readonly variable: string;
  readonly path: KeyPath;
}

const SINGLE_VALUES: readonly SingleValue[] = [
  { flag: 'target', variable: 'MAILBENCH_TARGET', path: ['target', 'url'] },
  { flag: 'size', variable: 'MAILBENCH_SIZE', path: ['messages'] },
  { flag: 'pipelining', variable: 'MAILBENCH_PIPELINING', path: ['client', 'pipelining'] },
  {
    flag: 'messagesPerSession',
    variable: 'MAILBENCH_MESSAGES_PER_SESSION',
    path: ['client', 'messagesPerSession'],
  },
  { flag: 'seed', variable: 'MAILBENCH_SEED', path: ['seed'] },
  { flag: 'authorized', variable: 'MAILBENCH_AUTHORIZED', path: ['target', 'authorized'] },
];

function singleValues(flags: ScenarioFlags, env: Environment): readonly Override[] {
  const fromEnvironment = SINGLE_VALUES.map(({ flag, variable, path }) =>
    singleValue(flag, path, { value: variableValue(env, variable), label: variable }),
  );
  const fromFlags = SINGLE_VALUES.map(({ flag, path }) =>
    singleValue(flag, path, { value: flags[flag], label: flagName(flag) }),
  );
  return [...fromEnvironment, ...fromFlags].flatMap((override) => override ?? []);
}

function singleValue(
  flag: SingleFlag,
  path: KeyPath,
  given: { readonly value: string | number | boolean | undefined; readonly label: string },
): Override | null {
  if (given.value === undefined) return null;
  const value = valueOfFlag(flag, given.value);
  return valueOverride(path, value, given.label);
}

function valueOfFlag(flag: SingleFlag, value: string | number | boolean): unknown {
  const typed = typedValue(value);
  if (flag === 'target') return value;
  if (flag === 'size') return [{ size: typed }];
  // Variables are often set to 1 and 0.
  if (flag === 'authorized' && (typed === 1 || typed === 0)) return typed === 1;
  return typed;
}

type ShapeKey = 'vus' | 'iterations' | 'duration' | 'rate';

/** A value of the load shape, and who gave it. */
interface Given {
  readonly value: unknown;
  readonly label: string;
}

type Shape = Partial<Record<ShapeKey, Given>>;

const SHAPE_VARIABLES: Readonly<Record<ShapeKey, string>> = {
  vus: 'MAILBENCH_VUS',
  iterations: 'MAILBENCH_ITERATIONS',
  duration: 'MAILBENCH_DURATION',
  rate: 'MAILBENCH_RATE',
};

const SHAPE_KEYS = Object.keys(SHAPE_VARIABLES) as ShapeKey[];

/** Flags that say what kind of load it is put aside what the environment says about that, but not its VUs. */
function shapeValues(flags: ScenarioFlags, env: Environment): Shape {
  const flagsDecide = (['iterations', 'duration', 'rate'] as const).some((key) => flags[key] !== undefined);
  const shape: Shape = {};
  for (const key of SHAPE_KEYS) {
    const variable = key === 'vus' || !flagsDecide ? variableValue(env, SHAPE_VARIABLES[key]) : undefined;
    if (flags[key] !== undefined) shape[key] = { value: typedValue(flags[key]), label: flagName(key) };
    else if (variable !== undefined) {
      shape[key] = { value: typedValue(variable), label: SHAPE_VARIABLES[key] };
    }
  }
  return shape;
}

function shapeOverride(shape: Shape, hasOwnScenarios: boolean): Overrides {
  const given = Object.values(shape).map(({ label }) => label);
  if (given.length === 0) return NOTHING;
  const isVusAlone = shape.iterations === undefined && shape.duration === undefined && !shape.rate;
  if (isVusAlone && hasOwnScenarios) {
    return {
      ...NOTHING,
      warnings: [`${given[0]} is ignored: alone it makes no load. Add --iterations, --duration or --rate.`],
    };
  }
  const problems = shapeConflicts(shape);
  if (problems.length > 0) return { ...NOTHING, problems };
  const branch = branchOfShape(executorOf(shape), given.join(' '));
  const warning = `${given.join(' and ')} replaced the executors of the scenario file by one.`;
  return {
    overrides: [{ path: ['scenarios'], branch, hasFreePath: false }],
    problems,
    warnings: hasOwnScenarios ? [warning] : [],
  };
}

const NOTHING: Overrides = { overrides: [], problems: [], warnings: [] };

function shapeConflicts(shape: Shape): readonly Problem[] {
  const { rate, iterations, duration } = shape;
  if (rate === undefined) return [];
  if (iterations !== undefined) {
    return [
      problem('SCENARIO_FLAGS_CONFLICT', iterations.label, {
        message: `cannot be used with ${rate.label}: a rate runs for a time, not for a number of iterations`,
        hint: `Use --duration with ${rate.label}.`,
      }),
    ];
  }
  if (duration !== undefined) return [];
  return [
    problem('SCENARIO_FLAGS_CONFLICT', rate.label, {
      message: 'needs to know for how long',
      hint: 'Add --duration, e.g. --duration 30s.',
    }),
  ];
}

/** The words of the executor that these values mean, each with who gave it. */
function executorOf(shape: Shape): Readonly<Record<string, Given>> {
  const { rate, duration, iterations, vus } = shape;
  const by = (given: Given | undefined, value: unknown): Given => ({ value, label: given?.label ?? 'flags' });
  if (rate !== undefined && duration !== undefined) {
    const preAllocatedVUs = vus ?? by(rate, 50);
    const { value } = preAllocatedVUs;
    return {
      executor: by(rate, 'constant-arrival-rate'),
      rate,
      duration,
      preAllocatedVUs,
      // Whatever is no number is reported once, as preAllocatedVUs.
      ...(typeof value === 'number' ? { maxVUs: by(preAllocatedVUs, Math.min(value * 10, 100_000)) } : {}),
    };
  }
  if (duration !== undefined && iterations === undefined) {
    return { executor: by(duration, 'constant-vus'), vus: vus ?? by(duration, 1), duration };
  }
  return {
    executor: by(iterations ?? vus, 'shared-iterations'),
    vus: vus ?? by(iterations, 1),
    // --vus alone: one iteration each.
    iterations: iterations ?? vus ?? by(undefined, 1),
    ...(duration === undefined ? {} : { maxDuration: duration }),
  };
}

function branchOfShape(executor: Readonly<Record<string, Given>>, label: string): SourceTree {
  const words = Object.fromEntries(Object.entries(executor).map(([key, { value }]) => [key, value]));
  const branch = branchOf({ default: words }, label);
  for (const [key, given] of Object.entries(executor)) {
    branch.setOrigin(['default', key], { where: given.label, keyWhere: given.label });
  }
  return branch;
}

function setOverrides(sets: readonly string[], sources: Sources): Overrides {
  const overrides: Override[] = [];
  const problems: Problem[] = [];
  for (const text of sets) {
    const split = splitAtEquals(text);
    const path = split === null ? null : parseKeyPath(split.name);
    if (split === null || path === null || path.includes('__proto__')) {
      problems.push(malformed('--set', 'PATH=VALUE, e.g. --set scenarios.peak.rate=800'));
      continue;
    }
    const label = `--set ${formatKeyPath(path)}`;
    const { tree, problems: found } = readYaml({
      text: split.value,
      label,
      hasPositions: false,
      sources,
      codes: SCENARIO_YAML_CODES,
    });
    problems.push(...found);
    if (found.length === 0) overrides.push({ path, branch: tree, hasFreePath: true });
  }
  return { overrides, problems, warnings: [] };
}

function tagOverrides(tags: readonly string[]): Overrides {
  const overrides: Override[] = [];
  const problems: Problem[] = [];
  for (const text of tags) {
    const split = splitAtEquals(text);
    if (split === null || split.name === '__proto__') {
      problems.push(malformed('--tag', 'NAME=VALUE, e.g. --tag build=42'));
      continue;
    }
    overrides.push(valueOverride(['tags', split.name], split.value, `--tag ${split.name}`));
  }
  return { overrides, problems, warnings: [] };
}

/** At the first `=` outside of quotes: a quoted key may hold one. */
function splitAtEquals(text: string): { name: string; value: string } | null {
  const match = /^((?:"(?:[^"\\]|\\.)*"|[^"=])+)=/.exec(text);
  return match === null ? null : { name: match[1]!.trim(), value: text.slice(match[0].length) };
}

/** A value that is put there, whatever stands there; undefined takes it away. `label`: who says so. */
export function valueOverride(path: KeyPath, value: unknown, label: string): Override {
  return { path, branch: branchOf(value, label), hasFreePath: false };
}

function branchOf(value: unknown, label: string): SourceTree {
  const branch = new SourceTree(value, label);
  branch.setOrigin([], { where: label, keyWhere: label });
  return branch;
}

/** Set but empty counts as not set, as shells make it hard to unset one. */
function variableValue(env: Environment, name: string): string | undefined {
  const value = Object.hasOwn(env, name) ? env[name] : undefined;
  return value === '' ? undefined : value;
}

function typedValue(value: string | number | boolean): unknown {
  return typeof value === 'string' ? typedAsPlain(value) : value;
}

function flagName(key: string): string {
  return `--${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/** Never quotes what was written: it may be a password. */
function malformed(flag: string, form: string): Problem {
  return problem('SCENARIO_SET_MALFORMED', flag, {
    message: `must be ${form}`,
    hint: `Write ${flag} ${form}.`,
  });
}

function problem(
  code: ScenarioProblemCode,
  where: string,
  text: { readonly message: string; readonly hint: string },
): Problem {
  return { code, where, path: '', ...text };
}

/** Puts one into the tree; a problem where `--set` leads nowhere. */
export function applyOverride(tree: SourceTree, { path, branch, hasFreePath }: Override): readonly Problem[] {
  const other = OTHER_TARGET.get(formatKeyPath(path));
  if (other !== undefined) tree.remove(other);
  // Where a fixed path is blocked, the file is wrong at that place, and the schema says so.
  if (tree.put(path, branch) || !hasFreePath) return [];
  return [
    {
      code: 'SCENARIO_SET_PATH',
      where: branch.whereOf([]),
      path: formatKeyPath(path),
      message: 'leads through a value that is neither a map nor a list, or past the end of a list',
      hint: 'Set the whole value instead, e.g. --set \'envelope.to={address: "user{{n}}@example.test"}\'.',
    },
  ];
}

/** Whoever names a target anew means it instead of the one before. */
const OTHER_TARGET: ReadonlyMap<string, KeyPath> = new Map([
  ['target.url', ['target', 'urls']],
  ['target.urls', ['target', 'url']],
]);
