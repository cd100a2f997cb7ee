/**
 * Paths of keys: `scenarios.peak.rate`, `messages[0].size`, `envelope.to.domains["a.example.test"]`.
 *
 * One spelling for problems (written) and `--set` (read): formatting and parsing are each other's inverse.
 * A key that is not a plain word is quoted as in JSON. `messages.0.size` is read too, as people type it.
 */

/** Keys of maps are strings, positions in lists are numbers. */
export type KeyPath = readonly (string | number)[];

const PLAIN_KEY = /^[A-Za-z_$][\w$-]*$/;

/** One step of a path as it is written: `.key`, `key`, `[0]` or `["any key"]`. */
const STEP = /^(?:\.?([\w$-]+)|\[(\d+)\]|\[("(?:[^"\\]|\\.)*")\])/;

export function formatKeyPath(path: KeyPath): string {
  return path.map((step, at) => formatStep(step, at === 0)).join('');
}

/** The steps, or null when the text is no path. */
export function parseKeyPath(text: string): KeyPath | null {
  const path: (string | number)[] = [];
  let rest = text;
  while (rest !== '') {
    const match = STEP.exec(rest);
    if (match === null || rest.startsWith('.') === (path.length === 0)) {
      // A word after a bracket or another word needs its dot; the first one must not have it.
      if (match === null || match[1] !== undefined) return null;
    }
    const step = stepOf(match!);
    if (step === null) return null;
    path.push(step);
    rest = rest.slice(match![0].length);
  }
  return path.length === 0 ? null : path;
}

function formatStep(step: string | number, isFirst: boolean): string {
  if (typeof step === 'number') return `[${step}]`;
  if (!PLAIN_KEY.test(step)) return `[${JSON.stringify(step)}]`;
  return isFirst ? step : `.${step}`;
}

function stepOf(match: RegExpExecArray): string | number | null {
  if (match[1] !== undefined) return match[1];
  if (match[2] !== undefined) return Number(match[2]);
  try {
    return JSON.parse(match[3] ?? '') as string;
  } catch {
    return null;
  }
}
