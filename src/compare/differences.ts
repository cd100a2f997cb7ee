/**
 * Differences: what of their scenarios two variants have not in common, and what else keeps their runs from being compared. Pure.
 */
import type { Result } from '../result/result.js';

export interface Difference {
  /** `target.tls.mode`. */
  readonly path: string;
  /** By variant, as written; '' where it is not there. */
  readonly values: Readonly<Record<string, string>>;
}

/** By path; the first result of each variant speaks for all of its own. */
export function differencesOf(variants: Readonly<Record<string, Result>>): readonly Difference[] {
  const leaves = Object.entries(variants).map(
    ([name, { scenario }]) => [name, leavesOf(scenario, '')] as const,
  );
  const paths = new Set(leaves.flatMap(([, map]) => [...map.keys()]));
  return [...paths]
    .filter((path) => !IGNORED.test(path))
    .map((path) => ({
      path,
      values: Object.fromEntries(leaves.map(([name, map]) => [name, map.get(path) ?? ''])),
    }))
    .filter(({ values }) => new Set(Object.values(values)).size > 1);
}

/** Names and tags measure nothing; the seed is told apart. */
const IGNORED = /^(?:name|seed|tags\.)/;
const MAX_LEAVES = 10_000;

function leavesOf(value: unknown, path: string, found = new Map<string, string>()): Map<string, string> {
  const entries =
    typeof value === 'object' && value !== null
      ? Object.entries(value).map(
          ([key, item]) => [Array.isArray(value) ? `${path}[${key}]` : join(path, key), item] as const,
        )
      : [];
  if (entries.length === 0) found.set(path, typeof value === 'string' ? value : JSON.stringify(value));
  else for (const [inner, item] of entries) if (found.size < MAX_LEAVES) leavesOf(item, inner, found);
  return found;
}

function join(path: string, key: string): string {
  return path === '' ? key : `${path}.${key}`;
}

export interface Unlike {
  /** They sent something else, or at another pace: only `--force` compares that. */
  readonly isOther: boolean;
  readonly warning: string;
}

/** What is compared should differ in the server alone. */
export function unlikenessOf(variants: Readonly<Record<string, Result>>): readonly Unlike[] {
  const results = Object.values(variants);
  const several = (of: (result: Result) => unknown) =>
    new Set(results.map((one) => JSON.stringify(of(one)))).size > 1;
  const load = differencesOf(variants).filter(({ path }) => LOAD.test(path));
  const found: (Unlike | false)[] = [
    load.length > 0 && {
      isOther: true,
      warning: `They did not send the same: ${listOf(load.map(({ path }) => path))}.`,
    },
    several(({ run }) => run.seed) &&
      other('Their seeds differ, and with them sizes, recipients and arrivals.'),
    several(({ run }) => run.host.hostname) && other('They were made on different hosts.'),
    several(({ run: { host } }) => [host.cpu, host.cores, host.kernel]) &&
      other('Processor or kernel of their hosts differ.'),
    several(({ run }) => run.host.workers) && other('They had different numbers of workers.'),
    several(({ run }) => run.mailbench) && other('They were made by different versions of mailbench.'),
    several(({ schemaVersion }) => schemaVersion) && other('Their results are of different schema versions.'),
    ...Object.entries(variants).map(
      ([name, { health }]) =>
        health.verdict === 'invalid' &&
        other(`In ${name} the generator was the bottleneck: its numbers do not describe the server.`),
    ),
    ...Object.entries(variants).map(
      ([name, { run }]) =>
        run.status !== 'completed' && other(`${name} did not come to its end (${run.status}).`),
    ),
  ];
  return found.filter((one) => one !== false);
}

const LOAD = /^(?:scenarios|messages|dkim|envelope|code)\b/;

function other(warning: string): Unlike {
  return { isOther: false, warning };
}

const MOST = 5;

function listOf(paths: readonly string[]): string {
  const more = paths.length - MOST;
  return `${paths.slice(0, MOST).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
