import assert from 'node:assert/strict';
import { test } from 'node:test';
import { METRICS } from '#src/metrics/catalogue.js';
import { Histogram } from '#src/metrics/histogram.js';
import { CounterSelection, RateSelection, TrendSelection } from '#src/metrics/selection.js';
import {
  type Aggregated,
  type Aggregation,
  evaluateThreshold,
  parseMetricExpression,
  parseThreshold,
  type Threshold,
} from '#src/metrics/threshold.js';

function parsed(metric: string, source: string): Threshold {
  const threshold = parseThreshold(metric, source);
  if ('problem' in threshold) assert.fail(threshold.problem);
  return threshold;
}

function problemOf(metric: string, source: string): string {
  const threshold = parseThreshold(metric, source);
  return 'problem' in threshold ? threshold.problem : assert.fail(`${source} was taken`);
}

function expressionProblem(expression: string): string {
  const metric = parseMetricExpression(expression);
  return 'problem' in metric ? metric.problem : assert.fail(`${expression} was taken`);
}

const GRAMMAR: readonly (readonly [string, string, Aggregation, Threshold['operator'], number])[] = [
  ['smtp_message_duration', 'avg<100', { kind: 'avg' }, '<', 100],
  ['smtp_message_duration', 'min>=0.5', { kind: 'min' }, '>=', 0.5],
  ['smtp_message_duration', 'max <= 1e3', { kind: 'max' }, '<=', 1000],
  ['smtp_message_duration', ' med > 2 ', { kind: 'med' }, '>', 2],
  ['smtp_message_duration', 'p(95)<250', { kind: 'percentile', percentile: 95 }, '<', 250],
  ['smtp_message_duration', 'p( 99.9 )<250', { kind: 'percentile', percentile: 99.9 }, '<', 250],
  ['smtp_message_duration', 'p(0)!=1', { kind: 'percentile', percentile: 0 }, '!=', 1],
  ['smtp_message_duration', 'p(100)!==1', { kind: 'percentile', percentile: 100 }, '!=', 1],
  ['smtp_message_failed', 'rate<0.001', { kind: 'rate' }, '<', 0.001],
  ['iterations', 'rate>50', { kind: 'rate' }, '>', 50],
  ['dropped_iterations', 'count==0', { kind: 'count' }, '==', 0],
  ['dropped_iterations', 'count===-1', { kind: 'count' }, '==', -1],
  ['vus', 'value<.5', { kind: 'value' }, '<', 0.5],
  ['vus', 'max<5', { kind: 'max' }, '<', 5],
  ['smtp_replies{command:RCPT,code:550}', 'count<+5', { kind: 'count' }, '<', 5],
];

for (const [metric, source, aggregation, operator, bound] of GRAMMAR) {
  test(`"${source}" on ${metric} is read`, () => {
    assert.deepEqual(parsed(metric, source), {
      source: source.trim(),
      aggregation,
      operator,
      bound,
      abortOnFail: false,
      delayAbortEvalMs: 0,
      windowMs: 0,
      minSamples: 0,
      onNoData: 'fail',
    });
  });
}

const REFUSED: readonly (readonly [string, string, RegExp])[] = [
  ['smtp_message_duration', '', /is no threshold; write aggregation, operator, number/],
  ['smtp_message_duration', 'p(95)', /is no threshold/],
  ['smtp_message_duration', 'p(95)<', /is no threshold/],
  ['smtp_message_duration', 'p(95)=<250', /is no threshold/],
  ['smtp_message_duration', 'p(95)=250', /is no threshold/],
  ['smtp_message_duration', 'p(95)<250ms', /is no threshold/],
  ['smtp_message_duration', 'p(95)<250 && avg<1', /is no threshold/],
  ['smtp_message_duration', 'p(95)<Infinity', /is no threshold/],
  ['smtp_message_duration', 'p(95)<1.2.3', /"1\.2\.3" in .* is no number/],
  ['smtp_message_duration', 'p95<250', /is no threshold/],
  ['smtp_message_duration', 'p<250', /p\(\) is no percentile/],
  ['smtp_message_duration', 'p(101)<250', /p\(101\) is no percentile/],
  ['smtp_message_duration', 'p(-1)<250', /no percentile/],
  ['smtp_message_duration', 'p(0x10)<250', /no percentile/],
  ['smtp_message_duration', 'p(high)<250', /no percentile/],
  ['smtp_message_duration', 'avg(95)<250', /"avg" is no aggregation/],
  ['smtp_message_duration', 'mean<250', /"mean" is no aggregation; there are avg/],
  [
    'smtp_message_duration',
    'rate<250',
    /smtp_message_duration is a trend: it has avg, min, max, med, p\(N\), not rate/,
  ],
  ['smtp_message_failed', 'count<1', /is a rate: it has rate, not count/],
  ['iterations', 'value<1', /is a counter: it has count, rate, not value/],
  ['iterations', 'p(95)<1', /is a counter: it has count, rate, not p/],
  ['vus', 'avg<1', /is a gauge: it has value, min, max, not avg/],
  ['smtp_mesage_duration', 'avg<1', /no metric "smtp_mesage_duration"; did you mean smtp_message_duration\?/],
];

for (const [metric, source, problem] of REFUSED) {
  test(`"${source}" on ${metric} is refused in a sentence`, () => {
    assert.match(problemOf(metric, source), problem);
  });
}

test('every metric has an aggregation that fits', () => {
  const fitting = { trend: 'p(99)<1', counter: 'count>0', rate: 'rate<1', gauge: 'value<1' };
  for (const [name, { type }] of Object.entries(METRICS)) parsed(name, fitting[type]);
});

test('abortOnFail and its delay are kept', () => {
  const options = { abortOnFail: true, delayAbortEvalMs: 10_000 };
  const threshold = parseThreshold('checks', 'rate>0.9', options);
  assert.ok(!('problem' in threshold));
  assert.deepEqual([threshold.abortOnFail, threshold.delayAbortEvalMs], [true, 10_000]);
});

test('an expression is a name with or without tags', () => {
  assert.deepEqual(parseMetricExpression('checks'), { name: 'checks', tags: {} });
  assert.deepEqual(parseMetricExpression(' smtp_messages { outcome : accepted } '), {
    name: 'smtp_messages',
    tags: { outcome: 'accepted' },
  });
  assert.deepEqual(parseMetricExpression('checks{}'), { name: 'checks', tags: {} });
});

test('an expression that is none is refused in a sentence', () => {
  assert.match(expressionProblem(''), /is no metric; write a name/);
  assert.match(expressionProblem('smtp_replies{command:RCPT'), /is no metric/);
  assert.match(
    expressionProblem('smtp_replies{command}'),
    /"command" is no tag; write smtp_replies\{tag:value\}/,
  );
  assert.match(expressionProblem('smtp_replies{:RCPT}'), /is no tag/);
  assert.match(expressionProblem('smtp_replies{command:}'), /is no tag/);
  assert.match(expressionProblem('smtp_replies{command:RCPT,}'), /is no tag/);
  assert.match(expressionProblem('smtp_replies{code:250,code:550}'), /"code" of smtp_replies is there twice/);
  assert.match(expressionProblem('constructor'), /there is no metric "constructor"/);
});

test('an unknown metric names the nearest: mistyped by letters, half remembered by words', () => {
  assert.match(expressionProblem('smtp_replys'), /did you mean smtp_replies\?/);
  assert.match(expressionProblem('dropped_iteration'), /did you mean dropped_iterations\?/);
  assert.match(expressionProblem('iterationss'), /did you mean iterations\?/);
  assert.match(expressionProblem('VUS'), /did you mean vus\?/);
  assert.match(expressionProblem('greeting'), /did you mean smtp_greeting_waiting\?/);
  assert.match(expressionProblem('tls_handshaking'), /did you mean smtp_tls_handshaking\?/);
  assert.equal(expressionProblem('qqqqqqqqqq'), 'there is no metric "qqqqqqqqqq"');
});

const OPERATORS: readonly (readonly [string, boolean, boolean, boolean])[] = [
  ['<', true, false, false],
  ['<=', true, true, false],
  ['>', false, false, true],
  ['>=', false, true, true],
  ['==', false, true, false],
  ['===', false, true, false],
  ['!=', true, false, true],
  ['!==', true, false, true],
];

for (const [operator, below, equal, above] of OPERATORS) {
  test(`value ${operator} bound`, () => {
    const threshold = parsed('iterations', `count${operator}10`);
    const holds = (count: number) => evaluateThreshold(threshold, new CounterSelection([count], 1));
    assert.deepEqual(holds(9), { ok: below, value: 9 });
    assert.deepEqual(holds(10), { ok: equal, value: 10 });
    assert.deepEqual(holds(11), { ok: above, value: 11 });
  });
}

test('a trend is compared in ms', () => {
  const histogram = new Histogram();
  histogram.record(1500);
  const trend = new TrendSelection([histogram]);
  assert.deepEqual(evaluateThreshold(parsed('smtp_connecting', 'max<=1.5'), trend), { ok: true, value: 1.5 });
  assert.deepEqual(evaluateThreshold(parsed('smtp_connecting', 'max<1.5'), trend), { ok: false, value: 1.5 });
});

test('the aggregation asked for is the one evaluated', () => {
  const asked: Aggregation[] = [];
  const aggregated: Aggregated = {
    n: 1,
    isEmpty: false,
    value: (aggregation) => {
      asked.push(aggregation);
      return 1;
    },
  };
  evaluateThreshold(parsed('smtp_connecting', 'p(99.5)<2'), aggregated);
  assert.deepEqual(asked, [{ kind: 'percentile', percentile: 99.5 }]);
});

test('an empty trend or rate fails, whatever would let 0 pass', () => {
  for (const source of ['p(95)<1000', 'avg>=0', 'max!=1']) {
    assert.deepEqual(evaluateThreshold(parsed('smtp_connecting', source), new TrendSelection([])), {
      ok: false,
      value: null,
    });
  }
  assert.deepEqual(evaluateThreshold(parsed('smtp_message_failed', 'rate<0.01'), new RateSelection([])), {
    ok: false,
    value: null,
  });
  assert.deepEqual(evaluateThreshold(parsed('iterations', 'count>=0'), null), { ok: false, value: null });
});

test('a counter that never counted is 0: nothing dropped is good, nothing sent is not', () => {
  const none = new CounterSelection([], 10);
  assert.deepEqual(evaluateThreshold(parsed('dropped_iterations', 'count==0'), none), { ok: true, value: 0 });
  assert.deepEqual(evaluateThreshold(parsed('dropped_iterations', 'rate<1'), none), { ok: true, value: 0 });
  assert.deepEqual(evaluateThreshold(parsed('iterations', 'count>0'), none), { ok: false, value: 0 });
});

test('with fewer samples than minSamples nothing is judged, and onNoData says what that comes to', () => {
  const judge = (n: number, onNoData: Threshold['onNoData']) => {
    const threshold = parseThreshold('smtp_message_failed', 'rate<0.5', { minSamples: 10, onNoData });
    if ('problem' in threshold) assert.fail(threshold.problem);
    return evaluateThreshold(threshold, new RateSelection([{ passes: n, fails: 0 }]));
  };
  assert.deepEqual(judge(9, 'fail'), { ok: false, value: null });
  assert.deepEqual(judge(9, 'pass'), { ok: true, value: null });
  assert.deepEqual(judge(10, 'pass'), { ok: false, value: 1 });
  assert.deepEqual(judge(0, 'pass'), { ok: true, value: null });
});

test('a counter without enough counts is not judged, though it is never empty', () => {
  const threshold = parseThreshold('smtp_messages', 'count==0', { minSamples: 1, onNoData: 'fail' });
  if ('problem' in threshold) assert.fail(threshold.problem);
  assert.deepEqual(evaluateThreshold(threshold, new CounterSelection([], 1)), { ok: false, value: null });
});
