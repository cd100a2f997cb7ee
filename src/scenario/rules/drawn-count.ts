/** Rules about counts that are drawn: `{min, max}` is whole and in order, and a map of weights names counts. */
import type { KeyPath } from '../../yaml/key-path.js';
import { type DrawnCountWords, isSpan } from '../drawn-count.js';
import type { Report } from './rule.js';

/** `most`: the highest count that may be named. */
export function checkDrawnCount(words: DrawnCountWords, path: KeyPath, most: number, report: Report): void {
  if (typeof words === 'number') return;
  for (const [key, value] of Object.entries(words)) {
    const count = key === 'min' || key === 'max' ? value : Number(key);
    if (count !== undefined) checkCount(count, { path: [...path, key], most, report });
  }
  if (isSpan(words)) checkSpan(words, path, report.restingOn(path));
  else if (!Object.values(words).some((weight = 0) => weight > 0))
    report.restingOn(path)(path, 'SCENARIO_WEIGHTS', 'has no number with a weight above 0', WRITE_ONE);
}

function checkCount(count: number, at: { path: KeyPath; most: number; report: Report }): void {
  if (Number.isInteger(count) && count >= 1 && count <= at.most) return;
  at.report(at.path, 'SCENARIO_OUT_OF_RANGE', `must be a whole number from 1 to ${at.most}, found ${count}`);
}

function checkSpan(
  words: { readonly [key: string]: number | undefined },
  path: KeyPath,
  report: Report,
): void {
  const { min, max, ...others } = words;
  for (const key of Object.keys(others)) {
    report([...path, key], 'SCENARIO_KEY_UNKNOWN', 'is a count with a weight, beside min and max', WRITE_ONE);
  }
  if (min === undefined || max === undefined) {
    const missing = min === undefined ? 'min' : 'max';
    report([...path, missing], 'SCENARIO_KEY_MISSING', 'is missing', WRITE_ONE);
  } else if (min > max) {
    report(path, 'SCENARIO_RANGE_REVERSED', 'begins above where it ends', 'Write the smaller value first.');
  }
}

const WRITE_ONE = 'Write {min: 1, max: 20}, or counts with their weights such as {1: 70, 2: 20, 10: 10}.';
