/**
 * `target.url` or `target.urls`: where sessions go, as one target with its routes.
 *
 * All of several targets speak the same protocol and begin the same way, because one scenario says one thing to all
 * of them. They hold no credentials: those stand in `target.auth`, and the key of a map is shown wherever it is wrong.
 */
import type { KeyPath } from '../yaml/key-path.js';
import type { Route } from './scenario.js';
import { type ParsedTarget, parseTargetUrl, type TargetProblem } from './target-url.js';

export interface Targets extends Pick<ParsedTarget, 'isEmbedded' | 'protocol' | 'scheme' | 'credentials'> {
  /** Without credentials; of several targets the first, and how many more. */
  readonly url: string;
  readonly routes: readonly Route[];
}

export interface UrlWords {
  readonly url?: string | undefined;
  readonly urls?: Readonly<Record<string, number | undefined>> | undefined;
}

export type PlacedProblem = TargetProblem & { readonly path: KeyPath };

/** Every problem with the addresses, or the target that they make. */
export function parseTargets({ url, urls }: UrlWords): Targets | readonly PlacedProblem[] {
  if (urls === undefined) return singleTarget(url ?? 'embedded');
  if (url !== undefined) return [{ path: ['target', 'urls'], ...BOTH }];
  const entries = Object.entries(urls).map(([key, weight = 1]) => ({
    key,
    weight,
    path: pathOf(key),
    parsed: memberOf(key),
  }));
  const problems = entries.flatMap(({ path, parsed }) => ('code' in parsed ? { path, ...parsed } : []));
  if (problems.length > 0) return problems;
  const members = entries as (Entry & { readonly parsed: ParsedTarget })[];
  const drawn = members.filter(({ weight }) => weight > 0);
  const [first] = drawn;
  if (first === undefined) return [{ path: ['target', 'urls'], ...NOTHING_TO_DRAW }];
  const unlike = drawn.flatMap(({ path, parsed }) => differenceOf(parsed, first.parsed, path));
  if (unlike.length > 0) return unlike;
  const url0 = first.parsed.url;
  return {
    ...first.parsed,
    url: drawn.length === 1 ? url0 : `${url0} and ${drawn.length - 1} more`,
    routes: drawn.map(({ parsed, weight }) => ({ address: parsed.address, weight })),
  };
}

interface Entry {
  readonly path: KeyPath;
  readonly weight: number;
  readonly parsed: ParsedTarget | TargetProblem;
}

const BOTH: TargetProblem = {
  code: 'SCENARIO_TARGETS',
  message: 'stands beside url',
  hint: 'Keep one of the two; a lone target is `url`.',
};

const NOTHING_TO_DRAW: TargetProblem = {
  code: 'SCENARIO_WEIGHTS',
  message: 'has no target with a weight above 0',
  hint: 'Write e.g. `urls: { "smtp://127.0.0.1:2525": 1 }`.',
};

function singleTarget(url: string): Targets | readonly PlacedProblem[] {
  const parsed = parseTargetUrl(url);
  if ('code' in parsed) return [{ path: ['target', 'url'], ...parsed }];
  return { ...parsed, routes: [{ address: parsed.address, weight: 1 }] };
}

/** The path of a URL that may hold a password leads to the map. */
function pathOf(url: string): KeyPath {
  return url.includes('@') ? ['target', 'urls'] : ['target', 'urls', url];
}

function memberOf(url: string): ParsedTarget | TargetProblem {
  const parsed = parseTargetUrl(url);
  if ('code' in parsed) return parsed;
  if (parsed.isEmbedded) {
    return {
      code: 'SCENARIO_TARGETS',
      message: 'is the embedded server, which stands alone',
      hint: 'Leave urls out, or name servers of yours.',
    };
  }
  if (parsed.credentials === null) return parsed;
  return {
    code: 'SCENARIO_AUTH_CONTRADICTION',
    message: 'holds credentials in one of its URLs',
    hint: 'Put them under target.auth: they are the same for all targets.',
  };
}

function differenceOf(one: ParsedTarget, first: ParsedTarget, path: KeyPath): readonly PlacedProblem[] {
  const isTls = one.scheme === 'smtps';
  if (one.protocol === first.protocol && isTls === (first.scheme === 'smtps')) return [];
  return [
    {
      path,
      code: 'SCENARIO_TARGETS',
      message: `is ${one.scheme}, but the first target is ${first.scheme}`,
      hint: 'All of them speak the same protocol, and all begin with TLS or none does.',
    },
  ];
}
