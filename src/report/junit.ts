/**
 * JUnit: a result as the XML that CI systems read.
 *
 * One test case a threshold, one for the generator's health and one for the run having completed. A degraded generator
 * passes and says why in its output; an invalid one fails. XML 1.0: escape.ts writes out what it cannot carry.
 */
import type { Result, ThresholdResult } from '../result/result.js';
import { xml } from './escape.js';
import { span } from './format.js';
import { verdictOf } from './verdict.js';
import { targetOf, thresholdNote, thresholdValue } from './wording.js';

interface TestCase {
  readonly className: string;
  readonly name: string;
  readonly failure: { readonly message: string; readonly details: string } | null;
  readonly output: string;
}

export function renderJunit(result: Result): string {
  const cases = [
    ...result.thresholds.map((row) => thresholdCase(row, result)),
    healthCase(result),
    completedCase(result),
  ];
  const failures = cases.filter((testCase) => testCase.failure !== null).length;
  const seconds = (result.run.durationMs / 1000).toFixed(3);
  const totals = `tests="${cases.length}" failures="${failures}" errors="0" time="${seconds}"`;
  const name = xml(result.run.name);
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="mailbench" ${totals}>`,
    `  <testsuite name="${name}" ${totals} skipped="0" timestamp="${xml(timestamp(result.run.startedAt))}" hostname="${xml(result.run.host.hostname)}">`,
    ...properties(result),
    ...cases.flatMap(renderCase),
    '  </testsuite>',
    '</testsuites>',
    '',
  ].join('\n');
}

function thresholdCase(row: ThresholdResult, result: Result): TestCase {
  const value = thresholdValue(row, result);
  return {
    className: `thresholds.${row.metric}`,
    name: `${row.metric} ${row.threshold}${row.windowMs === undefined ? '' : ` in every ${span(row.windowMs)}`}`,
    failure: row.ok
      ? null
      : { message: `${value}, wanted ${row.threshold}`, details: `${row.metric}: ${value}` },
    output: [value, thresholdNote(row, result)].filter((part) => part !== '').join(', '),
  };
}

function healthCase({ health }: Result): TestCase {
  const reasons = health.reasons.join('\n');
  return {
    className: 'run',
    name: 'generator health',
    failure:
      health.verdict === 'invalid'
        ? { message: health.reasons[0] ?? 'the generator was the bottleneck', details: reasons }
        : null,
    output: [health.verdict, ...health.reasons].join('\n'),
  };
}

function completedCase(result: Result): TestCase {
  const { sentence } = verdictOf(result);
  const { status } = result.run;
  return {
    className: 'run',
    name: 'run completed',
    failure: status === 'completed' ? null : { message: `${status}: ${sentence}`, details: sentence },
    output: status,
  };
}

function renderCase({ className, name, failure, output }: TestCase): readonly string[] {
  return [
    `    <testcase classname="${xml(className)}" name="${xml(name)}" time="0">`,
    ...(failure === null
      ? []
      : [
          `      <failure message="${xml(failure.message)}" type="failure">${lines(failure.details)}</failure>`,
        ]),
    ...(output === '' ? [] : [`      <system-out>${lines(output)}</system-out>`]),
    '    </testcase>',
  ];
}

function properties(result: Result): readonly string[] {
  const { run } = result;
  const entries = [
    ['run', run.id],
    ['target', targetOf(result)],
    ['seed', String(run.seed)],
    ['mailbench', run.mailbench],
    ...Object.entries(run.tags).map(([key, value]) => [`tag.${key}`, value]),
  ];
  return [
    '    <properties>',
    ...entries.map(([key = '', value = '']) => `      <property name="${xml(key)}" value="${xml(value)}"/>`),
    '    </properties>',
  ];
}

/** Our own line ends stay; those inside a foreign text were written out by then. */
function lines(text: string): string {
  return text.split('\n').map(xml).join('\n');
}

/** JUnit's schema wants neither fraction nor zone. */
function timestamp(iso: string): string {
  return iso.replace(/(\.\d+)?Z$/, '');
}
