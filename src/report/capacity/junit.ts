/** JUnit: a capacity as the XML that CI systems read: one test case, failed where less is sustained than was asked for. Pure. */
import type { Capacity } from '../../result/capacity.js';
import { xml } from '../escape.js';
import { capacityHeadline, rateText } from './wording.js';

/** `leastPerSec`: what has to be sustained; null: nobody said. */
export function renderCapacityJunit(capacity: Capacity, leastPerSec: number | null): string {
  const { name, at, host, sustainedPerSec } = capacity;
  const isMissed = leastPerSec !== null && (sustainedPerSec ?? 0) < leastPerSec;
  const totals = `tests="1" failures="${isMissed ? 1 : 0}" errors="0" time="0"`;
  const text = xml(capacityHeadline(capacity));
  const title = leastPerSec === null ? 'capacity' : `sustains ${rateText(leastPerSec)}`;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="mailbench" ${totals}>`,
    `  <testsuite name="${xml(name)}" ${totals} skipped="0" timestamp="${xml(at.slice(0, 19))}" hostname="${xml(host)}">`,
    `    <testcase classname="capacity" name="${xml(title)}" time="0">`,
    ...(isMissed ? [`      <failure message="${text}" type="capacity">${text}</failure>`] : []),
    `      <system-out>${text}</system-out>`,
    '    </testcase>',
    '  </testsuite>',
    '</testsuites>',
    '',
  ].join('\n');
}
