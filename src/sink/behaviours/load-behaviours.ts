/**
 * From YAML to Behaviours: the one way in. Pure: the text is read elsewhere.
 *
 * Throws BehaviourError with every problem there is, each with `file:line:column`; a file with one is refused whole.
 * A text without any values is a file without behaviours.
 */
import { BehaviourError, type Problem } from '../../errors.js';
import { suggestion } from '../../yaml/did-you-mean.js';
import { flattenIssues, problemsOf } from '../../yaml/issues.js';
import { inFileOrder } from '../../yaml/problem-order.js';
import { isMap, problemAt, type SourceTree, valueAt } from '../../yaml/source-tree.js';
import { readYaml } from '../../yaml/yaml-source.js';
import type { Behaviour, Behaviours } from './behaviour.js';
import { BEHAVIOUR_YAML_CODES, type BehaviourProblemCode } from './problem-codes.js';
import { nameOf, toBehaviour } from './resolve.js';
import { behaviourProblems, type Surroundings } from './rules.js';
import { type BehaviourWords, behavioursFile, behaviourWords, type FileWords } from './schema.js';

export interface BehavioursInput {
  /** YAML; '' for no behaviours but those of a profile. */
  readonly text: string;
  /** Names the file in problems. */
  readonly path: string;
  /** Unless the file has one of its own. */
  readonly seed: number;
  /** Where DSNs go; null refuses behaviours that bounce. */
  readonly bounceTo: string | null;
  /** Takes the place of the file's. */
  readonly profile?: string | null;
  /** The profiles there are: YAML by name. */
  readonly profiles?: Readonly<Record<string, string>>;
  /** Whether there is a provider of authentication results besides the file's `dns` and `zone`. */
  readonly hasAuthentication?: boolean;
}

/** Throws BehaviourError. */
export function loadBehaviours(input: BehavioursInput): Behaviours {
  const { text, path, profiles = {} } = input;
  const around = {
    hasBounceTo: input.bounceTo !== null,
    hasAuthentication: input.hasAuthentication ?? false,
  };
  const own = readFile(text, { label: path, prefix: '', around });
  const profile = input.profile ?? own.words?.profile ?? null;
  const problems = [...own.problems];
  const behaviours = [...own.behaviours];
  if (profile !== null && !Object.hasOwn(profiles, profile)) {
    problems.push(unknownProfile(own.tree, profile, Object.keys(profiles)));
  } else if (profile !== null) {
    const added = readFile(profiles[profile] ?? '', {
      label: `profile ${profile}`,
      prefix: `${profile}/`,
      // Where nothing is looked up, what it says of authentication never holds.
      around: { ...around, hasAuthentication: true },
    });
    problems.push(...added.problems);
    behaviours.push(...added.behaviours);
  }
  if (problems.length > 0) throw new BehaviourError(problems);
  const { seed = input.seed, dns = null, zone = null } = own.words ?? {};
  return { seed, behaviours, names: { dns, zone } };
}

interface ReadContext {
  readonly label: string;
  readonly prefix: string;
  readonly around: Surroundings;
}

interface ReadFile {
  readonly tree: SourceTree;
  /** Null when there was any problem. */
  readonly words: FileWords | null;
  readonly behaviours: readonly Behaviour[];
  readonly problems: readonly Problem[];
}

function readFile(text: string, context: ReadContext): ReadFile {
  const { label, prefix, around } = context;
  const codes = BEHAVIOUR_YAML_CODES;
  const source = readYaml({ text, label, hasPositions: true, sources: null, codes });
  const { tree } = source;
  if (tree.root === undefined) return { tree, words: null, behaviours: [], problems: source.problems };
  const root = tree.root ?? {};
  const result = behavioursFile.safeParse(root);
  const issues = result.success ? [] : flattenIssues(result.error.issues, root);
  const problems = inFileOrder([
    ...source.problems,
    ...issues.flatMap((issue) => problemsOf(issue, { tree, root, schema: behavioursFile, codes })),
    ...rulesOf(tree, root, context),
  ]);
  if (!result.success || problems.length > 0) return { tree, words: null, behaviours: [], problems };
  const behaviours = result.data.behaviours.map((words, index) =>
    toBehaviour(words, { index, prefix, hasBounceTo: around.hasBounceTo }),
  );
  return { tree, words: result.data, behaviours, problems };
}

/** The rules over every behaviour that is valid by itself, whatever is wrong with the others. */
function rulesOf(tree: SourceTree, root: unknown, context: ReadContext): readonly Problem[] {
  const list = isMap(root) ? root.behaviours : undefined;
  const hasNames = isMap(root) && (root.dns !== undefined || root.zone !== undefined);
  const around = { ...context.around, hasAuthentication: context.around.hasAuthentication || hasNames };
  const problems: Problem[] = [];
  const names = new Set<string>();
  for (const [index, item] of (Array.isArray(list) ? list : []).entries()) {
    const parsed = behaviourWords.safeParse(item);
    if (!parsed.success) continue;
    const report = (
      path: readonly (string | number)[],
      code: BehaviourProblemCode,
      message: string,
      hint: string,
    ) => problems.push(problemAt(tree, ['behaviours', index, ...path], { code, message, hint }));
    behaviourProblems(parsed.data, around, report);
    const name = nameIn(parsed.data, index, context);
    if (names.has(name)) report(['name'], 'BEHAVIOUR_NAME', `is taken: ${name}`, 'Give each its own.');
    names.add(name);
  }
  return problems;
}

function nameIn(words: BehaviourWords, index: number, { prefix, around }: ReadContext): string {
  return nameOf(words, { index, prefix, hasBounceTo: around.hasBounceTo });
}

function unknownProfile(tree: SourceTree, name: string, known: readonly string[]): Problem {
  const isInFile = valueAt(tree.root, ['profile']) === name;
  return {
    ...problemAt(tree, ['profile'], {
      code: 'BEHAVIOUR_PROFILE',
      message: `is no profile: ${JSON.stringify(name)}`,
      hint: suggestion(name, known),
    }),
    ...(isInFile ? {} : { where: '' }),
  };
}
