import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { furtherMeasures, type Measure, measureOf, PRIMARIES, parseMeasure } from '#src/compare/measure.js';
import { passedResult } from '#test/report/fixture.js';
import { resultOf } from './sample-results.js';

function measure(text: string): Measure {
  const parsed = parseMeasure(text);
  if ('problem' in parsed) throw new Error(parsed.problem);
  return parsed;
}

describe('a measure', () => {
  test('is a metric and one of its values', () => {
    for (const name of PRIMARIES) assert.equal(measure(name).name, name);
    assert.deepEqual(measure('  smtp_message_duration   p(99) '), {
      name: 'smtp_message_duration p(99)',
      metric: 'smtp_message_duration',
      key: 'p(99)',
      unit: 'ms',
      scale: 'ratio',
      better: 'less',
      percentile: 99,
    });
  });

  test('knows what is good: fewer failures and less time, more that is accepted', () => {
    assert.equal(measure('smtp_message_failed rate').better, 'less');
    assert.equal(measure('smtp_messages{outcome:accepted} rate').better, 'more');
    assert.equal(measure('smtp_messages{outcome:rejected} count').better, 'less');
    assert.equal(measure('checks rate').better, 'more');
  });

  test('of shares is a difference, of amounts a ratio', () => {
    assert.equal(measure('smtp_message_failed rate').scale, 'difference');
    assert.equal(measure('smtp_message_failed rate').unit, 'share');
    assert.equal(measure('smtp_messages rate').unit, 'perSec');
    assert.equal(measure('smtp_messages count').unit, 'count');
  });

  for (const [text, problem] of [
    ['smtp_message_duration', /no measure/],
    ['', /no measure/],
    ['smtp_message_duration p(97)', /is a trend: it has avg, min, med/],
    ['smtp_message_failed p(99)', /is a rate: it has rate, not p\(99\)/],
    ['smtp_nothing med', /smtp_nothing/],
    ['smtp_messages{outcome med', /no measure|outcome/],
  ] as const) {
    test(`"${text}" is none, and says why`, () => {
      const parsed = parseMeasure(text);
      assert.match('problem' in parsed ? parsed.problem : '', problem);
    });
  }
});

describe('its value in a result', () => {
  test('is that of the metric', () => {
    assert.equal(measureOf(resultOf({ p99Ms: 77 }), measure('smtp_message_duration p(99)')), 77);
  });

  test('is nothing where there was no sample, and 0 for a counter that counted nothing', () => {
    const empty = { ...resultOf(), metrics: {} };
    assert.equal(measureOf(empty, measure('smtp_message_duration med')), null);
    assert.equal(measureOf(empty, measure('delivery_lost count')), 0);
  });
});

test('further measures are those the runs have, and none that is judged', () => {
  const primaries = PRIMARIES.map(measure);
  const names = furtherMeasures([passedResult()], primaries).map(({ name }) => name);
  assert.ok(names.includes('smtp_command_waiting{command:RCPT} med'));
  assert.ok(names.includes('smtp_message_duration p(95)'));
  assert.ok(!names.includes('smtp_message_duration p(99)'));
  assert.ok(!names.some((name) => name.startsWith('smtp_delivery')));
});
