import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Problem } from '#src/errors.js';
import type { RampingArrivalRate } from '#src/scenario/executor-spec.js';
import { load, problem } from './load.js';

function text(keys: string): string {
  return `scenarios:\n  a: { executor: ramping-arrival-rate, preAllocatedVUs: 2, ${keys} }`;
}

function spec(keys: string, file: string): RampingArrivalRate {
  return load(text(keys), { files: { 'f.csv': file } }).scenario.scenarios.a as RampingArrivalRate;
}

function fault(keys: string, file: string): Problem {
  return problem(text(keys), { files: { 'f.csv': file } });
}

const TRACE = 'arrival: trace, trace: f.csv';

test('a trace is a time on each line, in any order, as offsets from the start', () => {
  const { traceUs, durationMs, stages } = spec(TRACE, '0.5\n\n3\r\n.25\n');
  assert.deepEqual(traceUs, [250_000, 500_000, 3_000_000]);
  assert.deepEqual([durationMs, stages], [3_001, []]);
});

test('dates, and seconds since the epoch, count from the earliest', () => {
  const dates = 'who,time\nb,2026-11-22T09:00:01.250Z\na,2026-11-22 10:00:00+01:00\n';
  assert.deepEqual(spec(TRACE, dates).traceUs, [0, 1_250_000]);
  assert.deepEqual(spec(TRACE, 'time\n1790000002.5\n1790000000\n').traceUs, [0, 2_500_000]);
});

test('a trace that cannot be read names the line', () => {
  for (const [file, message] of [
    ['', /line 1 is missing/],
    ['time\n', /is missing/],
    ['1\nsoon\n', /line 2 holds no time/],
    ['time\n1\n-1\n', /line 3 holds no time/],
    ['1\n2026-11-22T09:00:00Z\n', /line 2 mixes/],
    ['1\n2026-13-45T09:00:00Z\n', /line 2 holds no time/],
    ['1\n99999999\n', /lasts more than 24 days/],
  ] as const) {
    const found = fault(TRACE, file);
    assert.deepEqual([found.code, found.path], ['SCENARIO_ARRIVALS_FILE', 'scenarios.a.trace']);
    assert.match(found.message, message);
  }
  assert.match(fault('arrival: trace, trace: none.csv', '1').message, /ENOENT/);
});

test('a curve of a day becomes stages, as long and as high as is asked for', () => {
  const day = 'time,rate\n00:00,10\n06:00,10\n12:00:00,50\n24:00,0\n';
  const whole = spec('curve: { file: f.csv }', day);
  assert.equal(whole.startRate, 10);
  assert.equal(whole.durationMs, 86_400_000);
  const short = spec('curve: { file: f.csv, duration: 24m, peak: 500 }', day);
  assert.deepEqual(short.startRate, 100);
  assert.deepEqual(short.stages, [
    { durationMs: 360_000, target: 100 },
    { durationMs: 360_000, target: 500 },
    { durationMs: 720_000, target: 0 },
  ]);
});

test('columns are found by their names, times may be seconds or durations, and begin anywhere', () => {
  const { stages, startRate } = spec('curve: { file: f.csv }', 'day,rate,time\nmon,3,90\nmon,4.5,2m\n');
  assert.deepEqual([startRate, stages], [3, [{ durationMs: 30_000, target: 4.5 }]]);
});

test('a curve that makes no load is refused, with its line where there is one', () => {
  for (const [keys, file, message] of [
    ['', '00:00,5\n', /no two points/],
    ['', '00:00,5\n01:00,x\n', /line 2 has no rate/],
    ['', '00:00,5\n01:60,5\n', /line 2 begins with no time/],
    ['', '01:00,5\n00:00,5\n', /line 2 goes back/],
    ['', '00:00,0\n01:00,0\n', /less than one iteration/],
    [', peak: 2000000', '00:00,1\n01:00,2\n', /2000000 iterations a second/],
  ] as const) {
    const found = fault(`curve: { file: f.csv${keys} }`, file);
    assert.deepEqual([found.code, found.path], ['SCENARIO_ARRIVALS_FILE', 'scenarios.a.curve.file']);
    assert.match(found.message, message);
  }
  const found = fault('warmup: 1h, curve: { file: f.csv, duration: 1m }', '00:00,5\n01:00,5\n');
  assert.match(found.message, /nothing is left to measure/);
});

test('a ramping rate follows exactly one of stages, a curve and a trace', () => {
  const stages = 'stages: [{ duration: 1s, target: 5 }]';
  for (const [keys, message] of [
    ['warmup: 0s', /none of stages, curve and trace/],
    [`${stages}, curve: { file: f.csv }`, /stages and curve/],
    ['trace: f.csv', /must be trace/],
    [`arrival: trace, ${stages}`, /there is no trace/],
    ['startRate: 3, curve: { file: f.csv }', /startRate|no use beside a curve/],
  ] as const) {
    const found = fault(keys, '00:00,5\n01:00,5\n');
    assert.equal(found.code, 'SCENARIO_ARRIVALS');
    assert.match(found.message, message);
  }
});
