import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assessHealth, type HealthInput } from '#src/metrics/health.js';
import type { SourceHealth } from '#src/metrics/health-windows.js';

function source(utilisation: number, cpuWait = 0): SourceHealth {
  return { utilisation: { p95: utilisation, max: 1 }, cpuWait: { p95: cpuWait, max: 1 } };
}

function sources(health: Record<string, SourceHealth>): HealthInput['sources'] {
  return new Map(Object.entries(health));
}

/** An open run in which all went well, but for what is given. */
function assess(parts: Partial<HealthInput> = {}) {
  return assessHealth({
    sources: sources({ 'shard-0': source(0.4, 0.02) }),
    loadModel: 'open',
    arrivals: { started: 1000, dropped: 0 },
    latenessMs: { p50: 0.02, p99: 0.4, max: 9 },
    medianMessageMs: 10,
    faults: {},
    ...parts,
  });
}

const SHORT = { started: 900, dropped: 100 };
const NONE = { started: 0, dropped: 0 };

function verdict(parts: Partial<HealthInput>): string {
  return assess(parts).verdict;
}

test('a generator with room to spare is ok and gives no reasons', () => {
  assert.deepEqual(assess(), { verdict: 'ok', reasons: [] });
  assert.deepEqual(assess({ loadModel: 'closed', latenessMs: null }), { verdict: 'ok', reasons: [] });
});

test('the maximum alone is no reason: one full second in a run is not the run', () => {
  assert.equal(verdict({ sources: sources({ 'shard-0': source(0.5) }) }), 'ok');
});

const BY_SOURCE: readonly (readonly [string, number, number, 'open' | 'closed', string])[] = [
  ['utilisation at its limit', 0.8, 0, 'open', 'ok'],
  ['utilisation over 80 %', 0.801, 0, 'open', 'degraded'],
  ['utilisation at 95 %', 0.95, 0, 'open', 'degraded'],
  ['utilisation over 95 %', 0.951, 0, 'open', 'invalid'],
  ['a full loop in a closed run', 1, 0, 'closed', 'degraded'],
  ['CPU wait at its limit', 0.4, 0.1, 'open', 'ok'],
  ['CPU wait over 10 %', 0.4, 0.101, 'open', 'degraded'],
  ['CPU wait at 25 %', 0.4, 0.25, 'open', 'degraded'],
  ['CPU wait over 25 %', 0.4, 0.251, 'open', 'invalid'],
  ['CPU wait in a closed run', 0.4, 0.9, 'closed', 'degraded'],
];

for (const [title, utilisation, cpuWait, loadModel, expected] of BY_SOURCE) {
  for (const name of ['shard-1', 'sink']) {
    test(`${title}, of ${name}: ${expected}`, () => {
      const health = sources({ 'shard-0': source(0.1), [name]: source(utilisation, cpuWait) });
      const { verdict, reasons } = assess({ sources: health, loadModel });
      assert.equal(verdict, expected);
      assert.equal(reasons.length, expected === 'ok' ? 0 : 1);
    });
  }
}

test('a closed run that fills the loop is generator-limited and says whose ceiling it measured', () => {
  const [reason] = assess({ loadModel: 'closed', sources: sources({ 'shard-0': source(0.99) }) }).reasons;
  assert.match(
    reason ?? '',
    /^Generator shard-0 was 99 % busy .*generator-limited.*not of the server.*--workers/,
  );
});

test('a busy sink is named as what was measured', () => {
  const [reason] = assess({ sources: sources({ sink: source(0.9) }) }).reasons;
  assert.match(reason ?? '', /^The embedded sink was 90 % busy .*what was measured is the sink/);
});

test('a stolen CPU is told with what to do', () => {
  const [reason] = assess({ sources: sources({ 'shard-0': source(0.3, 0.6) }) }).reasons;
  assert.match(reason ?? '', /waited 60 % of the time for a CPU .*stop what else runs/);
});

test('lateness is held against 2 ms, or against 5 % of the median message when that is more', () => {
  const late = (p99: number, medianMessageMs: number | null) =>
    verdict({ latenessMs: { p50: 0, p99, max: p99 }, medianMessageMs });
  assert.equal(late(2, 10), 'ok');
  assert.equal(late(2.01, 10), 'degraded');
  assert.equal(late(2.01, 100), 'ok');
  assert.equal(late(5.01, 100), 'degraded');
  assert.equal(late(2.01, null), 'degraded');
  assert.equal(verdict({ latenessMs: null }), 'ok');
  const { reasons } = assess({ latenessMs: { p50: 0, p99: 7.5, max: 8 }, medianMessageMs: 100 });
  assert.match(reasons[0] ?? '', /p99 7\.5 ms after they were due \(limit 5\.0 ms\).*Lower the rate/);
});

test('under 99 % started with room to spare points at maxVUs and the server', () => {
  assert.equal(verdict({ arrivals: { started: 990, dropped: 10 } }), 'ok');
  const { verdict: given, reasons } = assess({ arrivals: { started: 989, dropped: 11 } });
  assert.equal(given, 'degraded');
  assert.match(reasons[0] ?? '', /^Only 98\.9 % of what was due was begun \(11 dropped\).*Raise maxVUs/);
});

test('a share just under 99 % does not read as 99 %', () => {
  const [reason] = assess({ arrivals: { started: 98_990, dropped: 1010 } }).reasons;
  assert.match(reason ?? '', /^Only 98\.9 %/);
});

test('under 99 % started while a source is over its degraded limit is invalid, and says which', () => {
  const busy = assess({ arrivals: SHORT, sources: sources({ 'shard-0': source(0.85) }) });
  assert.equal(busy.verdict, 'invalid');
  assert.match(busy.reasons[0] ?? '', /^Only 90\.0 % .*generator shard-0 was over its limit.*no verdict/);
  assert.equal(busy.reasons.length, 2, 'worst first, then what else there is');
  assert.equal(verdict({ arrivals: SHORT, sources: sources({ 'shard-0': source(0.4, 0.15) }) }), 'invalid');
  const sink = assess({ arrivals: SHORT, sources: sources({ 'shard-0': source(0.1), sink: source(0.85) }) });
  assert.match(sink.reasons[0] ?? '', /the embedded sink was over its limit/);
});

test('lateness alone does not make a shortfall invalid', () => {
  assert.equal(verdict({ arrivals: SHORT, latenessMs: { p50: 1, p99: 50, max: 60 } }), 'degraded');
});

test('a closed run has no arrivals to miss', () => {
  assert.equal(verdict({ loadModel: 'closed', arrivals: NONE, latenessMs: null }), 'ok');
});

test('a run in which nothing was due yet is ok', () => {
  assert.deepEqual(assess({ arrivals: NONE, latenessMs: null, medianMessageMs: null, sources: new Map() }), {
    verdict: 'ok',
    reasons: [],
  });
});

test('a fault of the generator is invalid in any run, and says what ran out', () => {
  for (const loadModel of ['open', 'closed'] as const) {
    const { verdict: given, reasons } = assess({ loadModel, faults: { EMFILE: 3, ENOBUFS: 0 } });
    assert.equal(given, 'invalid');
    assert.deepEqual(reasons.length, 1);
    assert.match(reasons[0] ?? '', /could not open 3 connections \(EMFILE\): raise the limit on open files/);
  }
  assert.match(
    assess({ faults: { EADDRNOTAVAIL: 1 } }).reasons[0] ?? '',
    /1 connection \(EADDRNOTAVAIL\): an address in sourceAddresses is not one of .* or local ports ran out/,
  );
  assert.match(
    assess({ faults: { EADDRINUSE: 2 } }).reasons[0] ?? '',
    /2 connections \(EADDRINUSE\): local ports ran out; .*client\.sourceAddresses/,
  );
  assert.match(assess({ faults: { ENOMEM: 2 } }).reasons[0] ?? '', /\(ENOMEM\): give this machine more/);
});

test('every source is judged, and what is invalid comes first', () => {
  const { verdict: given, reasons } = assess({
    sources: sources({ 'shard-0': source(0.9), 'shard-1': source(0.99), 'shard-2': source(0.2) }),
  });
  assert.equal(given, 'invalid');
  assert.deepEqual(
    reasons.map((reason) => reason.slice(0, 17)),
    ['Generator shard-1', 'Generator shard-0'],
  );
});

test('every reason is a sentence with a figure', () => {
  const { reasons } = assess({
    sources: sources({ 'shard-0': source(0.9, 0.2), sink: source(0.99, 0.3) }),
    arrivals: { started: 500, dropped: 500 },
    latenessMs: { p50: 1, p99: 40, max: 60 },
    faults: { EMFILE: 1 },
  });
  assert.equal(reasons.length, 7);
  for (const reason of reasons) assert.match(reason, /^[A-Z].*\d.*\.$/);
});
