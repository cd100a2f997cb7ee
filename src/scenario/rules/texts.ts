/** Rules about texts that go into envelopes and header fields: what could end a line early, and what has no value. */
import { suggestion } from '../../yaml/did-you-mean.js';
import type { KeyPath } from '../../yaml/key-path.js';
import { placeholdersOf } from '../address-pattern.js';
import type { Report } from './rule.js';

/** Text that is written into the envelope or a header line: what could end the line early is refused. */
export function checkControlCharacters(text: string, path: KeyPath, report: Report): boolean {
  if (!/[\r\n\0]/.test(text)) return true;
  report(path, 'SCENARIO_CONTROL_CHARACTER', 'holds CR, LF or NUL', 'Write it as one line.');
  return false;
}

/** Every `{{…}}` must be one that has a value at this place. */
export function checkPlaceholders(
  text: string,
  known: readonly string[],
  at: { path: KeyPath; report: Report },
): boolean {
  const unknown = placeholdersOf(text).filter((name) => !known.includes(name));
  for (const name of unknown) {
    at.report(
      at.path,
      'SCENARIO_PLACEHOLDER',
      `holds {{${name}}}, which has no value here`,
      suggestion(name, known),
    );
  }
  return unknown.length === 0;
}
