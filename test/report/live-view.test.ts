import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { type LiveView, renderLive, renderPlainProgress } from '#src/report/live-view.js';
import { columns } from '#src/report/terminal.js';
import { HOSTILE } from './fixture.js';

const view: LiveView = {
  name: 'inbound-peak',
  elapsedMs: 41_000,
  plannedMs: 70_000,
  progress: 0.5857,
  offeredPerSec: 500,
  achievedPerSec: 498,
  sessionsOpen: 42,
  vus: 50,
  p50Ms: 38.1,
  p95Ms: 148.2,
  p99Ms: 402,
  failuresTotal: 12,
  failuresPerSec: 0.4,
  topFailure: '451 4.3.2 try again later',
  dropped: 3,
  health: { verdict: 'degraded', utilisation: 0.62 },
};

const plain = (width: number, over: Partial<LiveView> = {}) =>
  renderLive({ ...view, ...over }, { color: false, width });

describe('live view', () => {
  it('says in five lines how far the run is and how it goes', () => {
    assert.deepEqual(plain(80), [
      '  inbound-peak  ███████████████████████▍················  59%  00:41 / 01:10',
      '  rate     498/s accepted   500/s offered   3 dropped   sessions 42   VUs 50',
      '  response p50 38.1ms   p95 148ms   p99 402ms',
      '  failures 12 (0.4/s)   451 4.3.2 try again later',
      '  health   generator degraded   busy 62%',
    ]);
  });

  it('leaves segments out rather than cut a number in 40 columns', () => {
    assert.deepEqual(plain(40).slice(1, 4), [
      '  rate     498/s accepted',
      '  response p50 38.1ms   p95 148ms',
      '  failures 12 (0.4/s)   451 4.3.2 try a…',
    ]);
  });

  it('says that the load is over where what was begun goes on', () => {
    const [, rate] = plain(80, { elapsedMs: 71_000, offeredPerSec: 0 });
    assert.equal(rate, '  rate     498/s accepted   load is over   3 dropped   sessions 42   VUs 50');
  });

  it('is calm when there is nothing to say', () => {
    const lines = plain(80, {
      failuresTotal: 0,
      topFailure: '',
      dropped: 0,
      p50Ms: null,
      p95Ms: null,
      p99Ms: null,
      plannedMs: null,
    });
    assert.match(lines[0] ?? '', /00:41$/);
    assert.doesNotMatch(lines[1] ?? '', /dropped/);
    assert.equal(lines[2], '  response p50 –   p95 –   p99 –');
    assert.equal(lines[3], '  failures none');
  });

  it('fits any width with any text, and lets none of it act', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.integer({ min: 20, max: 160 }), (text, width) => {
        for (const line of plain(width, { name: text, topFailure: text + HOSTILE })) {
          assert.ok(columns(line) <= width, `${width}: ${line}`);
          assert.doesNotMatch(line, /[\u0000-\u001f\u007f-\u009f\u202a-\u202e]/);
        }
      }),
    );
  });

  it('has colour only where asked, and takes no columns for it', () => {
    const colored = renderLive(view, { color: true, width: 80 });
    assert.match(colored.join(''), /\u001b\[/);
    assert.deepEqual(
      colored.map((line) => line.replace(/\u001b\[\d+m/g, '')),
      plain(80),
    );
  });
});

describe('plain progress', () => {
  it('says the same in one line', () => {
    assert.equal(
      renderPlainProgress(view),
      '00:41/01:10 (59%)  offered 500/s  accepted 498/s  sessions 42  p50 38.1ms p95 148ms p99 402ms  failures 12  dropped 3  generator degraded',
    );
  });
});
