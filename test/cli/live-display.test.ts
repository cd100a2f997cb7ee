import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLiveDisplay, toRendered } from '#src/cli/live-display.js';
import { NO_COUNTS } from '#src/metrics/snapshot.js';
import type { LiveView } from '#src/result/live-fold.js';
import { load } from '#test/scenario/load.js';

const ROW = {
  t: 4,
  scheduled: 250,
  started: 240,
  dropped: 10,
  accepted: 225,
  rejected: 10,
  failed: 5,
  p50: 1.5,
  p95: 4,
  p99: 9,
  sessionsOpen: 20,
  utilisation: 0.4,
  latenessP99: 0.1,
  backlog: null,
};

const BEFORE: LiveView = {
  elapsedMs: 0,
  counts: NO_COUNTS,
  last: null,
  lastMs: 0,
  responseMs: null,
  vus: 0,
  unexpected: 0,
  topFailure: '',
  health: {
    verdict: 'ok',
    scheduled: 0,
    started: 0,
    dropped: 0,
    latenessMs: { p50: null, p99: null, max: null },
    utilisation: { max: null, p95: null },
    cpuWait: { max: null, p95: null },
    faults: {},
    reasons: [],
  },
  missing: null,
};

const UNDER_WAY: LiveView = {
  ...BEFORE,
  elapsedMs: 5000,
  counts: { ...NO_COUNTS, started: 30, accepted: 25, dropped: 12 },
  last: ROW,
  lastMs: 500,
  vus: 22,
  unexpected: 15,
  topFailure: 'RCPT: 550 no',
};

const timed = (duration: string) => `a${duration}: { executor: constant-vus, duration: ${duration} }`;

test('counts of the last window become rates per second', () => {
  const shown = toRendered(UNDER_WAY, load(null, { flags: { duration: '20s' } }).scenario);
  assert.equal(shown.offeredPerSec, 500);
  assert.equal(shown.achievedPerSec, 450);
  assert.equal(shown.failuresPerSec, 30);
  assert.deepEqual(
    [shown.failuresTotal, shown.dropped, shown.vus, shown.sessionsOpen, shown.p99Ms, shown.topFailure],
    [15, 12, 22, 20, 9, 'RCPT: 550 no'],
  );
  assert.deepEqual(shown.health, { verdict: 'ok', utilisation: 0.4 });
});

test('before anything was seen, everything is zero or unknown and no number is broken', () => {
  const shown = toRendered(BEFORE, load(null).scenario);
  for (const value of Object.values(shown).filter((one) => typeof one === 'number')) assert.equal(value, 0);
  assert.deepEqual([shown.p50Ms, shown.plannedMs, shown.health.utilisation], [null, null, null]);
});

test('progress goes by time, by iterations where they decide, and never past the end', () => {
  const cases: [string, number, number | null][] = [
    [`scenarios: { ${timed('20s')} }`, 0.25, 20_000],
    [`scenarios: { ${timed('5s')}, ${timed('50s')} }`, 0.1, 50_000],
    [`scenarios: { ${timed('1s')} }`, 1, 1000],
    ['scenarios: { a: { executor: shared-iterations, iterations: 120 } }', 0.25, null],
    ['scenarios: { a: { executor: per-vu-iterations, vus: 4, iterations: 15 } }', 0.5, null],
    ['scenarios: { a: { executor: shared-iterations, iterations: 10 } }', 1, null],
    [`scenarios: { ${timed('20s')}, b: { executor: shared-iterations, iterations: 1 } }`, 0.25, null],
  ];
  for (const [text, progress, plannedMs] of cases) {
    const shown = toRendered(UNDER_WAY, load(text).scenario);
    assert.deepEqual([shown.progress, shown.plannedMs], [progress, plannedMs], text);
  }
});

test('lines are drawn over on a terminal of its own, and where a reader of events writes too they are not', (t) => {
  const { scenario } = load(null, { flags: { duration: '20s' } });
  const isTTY = Object.getOwnPropertyDescriptor(process.stderr, 'isTTY');
  const { TERM } = process.env;
  Object.defineProperty(process.stderr, 'isTTY', { value: true, configurable: true });
  process.env.TERM = 'xterm';
  t.after(() => {
    if (isTTY === undefined) Reflect.deleteProperty(process.stderr, 'isTTY');
    else Object.defineProperty(process.stderr, 'isTTY', isTTY);
    if (TERM === undefined) delete process.env.TERM;
    else process.env.TERM = TERM;
  });
  const drawn = (isAlone: boolean) => {
    const said: string[] = [];
    t.mock.method(process.stderr, 'write', (text: string) => said.push(text));
    const display = createLiveDisplay(scenario, { quiet: false, isAlone });
    display.update(UNDER_WAY, null);
    display.end();
    t.mock.restoreAll();
    return said.join('');
  };
  assert.match(drawn(true), /\x1b\[\d+A/);
  assert.doesNotMatch(drawn(false), /\x1b/);
});
