import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { renderCapacity } from '#src/report/capacity/console.js';
import { renderCapacityHtml } from '#src/report/capacity/html.js';
import { renderCapacityJunit } from '#src/report/capacity/junit.js';
import { renderCapacityMarkdown } from '#src/report/capacity/markdown.js';
import { planFor } from '#src/report/capacity/plan.js';
import { capacityHeadline, capacityRemarks } from '#src/report/capacity/wording.js';
import { columns } from '#src/report/terminal.js';
import type { Capacity } from '#src/result/capacity.js';
import { HOSTILE } from '../fixture.js';
import { parseXml } from '../xml.js';
import { sampleCapacity, sampleSweep } from './sample-capacity.js';

const OPTIONS = { color: false, width: 100, isFull: false, exitCode: 0, report: 'reports/x/capacity.html' };

describe('the headline of a capacity', () => {
  for (const [change, wanted] of [
    [{}, 'Sustains 475/s, and not 490/s.'],
    [
      { generatorLimited: true, bracketPerSec: [475, null] },
      'Sustains at least 475/s: this machine could not send more.',
    ],
    [{ sustainedPerSec: null }, 'Not confirmed: passed at 475/s, failed at 490/s.'],
    [{ sustainedPerSec: null, bracketPerSec: [null, null] }, 'No rate was found that is sustained.'],
    [{ sustainedPerSec: null, endedBy: 'nothing-sustained' }, 'No rate was sustained that is worth a try.'],
  ] as const satisfies readonly (readonly [Partial<Capacity>, string])[]) {
    test(wanted, () => assert.equal(capacityHeadline(sampleCapacity(change as Partial<Capacity>)), wanted));
  }

  test('by VUs is where most was accepted', () => {
    assert.equal(capacityHeadline(sampleSweep()), 'Most was accepted with 32 VUs: 3,200/s.');
  });
});

test('what is to be known is said: the rule that binds, no recovery, not monotonic, and why it ended', () => {
  const change = {
    didNotRecover: true,
    notMonotonic: true,
    endedBy: 'time',
    bindingRule: 'backlog',
  } as const;
  const text = capacityRemarks(sampleCapacity(change)).join('\n');
  for (const part of [/not delivered does not grow/, /did not recover/, /Not monotonic/, /--max-time/])
    assert.match(text, part);
});

test('a plan is arithmetic that can be followed', () => {
  const plan = planFor({ messagesPerDay: 8_640_000, peakFactor: 4, headroom: 0.25 }, 80);
  assert.deepEqual([plan.averagePerSec, plan.peakPerSec, plan.usablePerSec, plan.servers], [100, 400, 60, 7]);
  const text = renderCapacity(
    sampleCapacity({ demand: { messagesPerDay: 86_400_000, peakFactor: 4, headroom: 0.3 } }),
    OPTIONS,
  );
  assert.match(text, /86,400,000 messages a day \/ 86,400 s = 1,000\/s on average/);
  assert.match(text, /475\/s sustained × \(1 − 30% headroom\) = 332\.5\/s/);
  assert.match(text, /so 13 servers/);
});

describe('on the terminal', () => {
  for (const width of [40, 60, 100, 200]) {
    test(`no line is wider than ${width} columns`, () => {
      for (const capacity of [sampleCapacity(hostile()), sampleSweep()]) {
        for (const isFull of [true, false]) {
          const lines = renderCapacity(capacity, { ...OPTIONS, width, isFull }).split('\n');
          for (const line of lines) assert.ok(columns(line) <= width, line);
        }
      }
    });
  }

  test('only what decides is shown, or all', () => {
    assert.doesNotMatch(renderCapacity(sampleCapacity(), OPTIONS), /bracket/);
    assert.match(renderCapacity(sampleCapacity(), { ...OPTIONS, isFull: true }), /bracket/);
  });

  test('no escape of others gets through', () => {
    assert.doesNotMatch(renderCapacity(sampleCapacity(hostile()), OPTIONS), /\u001b|\u202e|\u009b/);
  });
});

describe('in files', () => {
  test('no markup of others gets through', () => {
    const capacity = sampleCapacity(hostile());
    const html = renderCapacityHtml(capacity);
    assert.doesNotMatch(html, /<script|<img|\u202e/);
    assert.match(html, /Content-Security-Policy/);
    assert.doesNotMatch(renderCapacityMarkdown(capacity), /<script|<img|@team/);
    parseXml(renderCapacityJunit(capacity, 500));
  });

  test('the page has its answer, its plan, its trials or its curve', () => {
    const html = renderCapacityHtml(sampleCapacity());
    for (const part of [/Sustains 475\/s/, /How many servers\?/, /id="trials"/, /id="profile"/])
      assert.match(html, part);
    const sweep = renderCapacityHtml(sampleSweep());
    assert.match(sweep, /VUs at the peak/);
    assert.match(sweep, /polyline class="curve/);
    assert.doesNotMatch(sweep, /How many servers|NaN|undefined/);
  });

  test('JUnit fails where less is sustained than was asked for', () => {
    assert.match(renderCapacityJunit(sampleCapacity(), 500), /failures="1"/);
    assert.match(renderCapacityJunit(sampleCapacity(), 475), /failures="0"/);
    assert.match(renderCapacityJunit(sampleCapacity(), null), /failures="0"/);
  });
});

function hostile(): Partial<Capacity> {
  const { trials } = sampleCapacity();
  return {
    name: HOSTILE,
    target: HOSTILE,
    host: HOSTILE,
    bindingRule: HOSTILE,
    warnings: [HOSTILE],
    trials: trials.map((trial) => ({ ...trial, reasons: [HOSTILE] })),
  };
}
