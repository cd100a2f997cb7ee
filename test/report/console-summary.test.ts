import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { renderSummary, type SummaryOptions } from '#src/report/console-summary.js';
import { columns } from '#src/report/terminal.js';
import type { Result } from '#src/result/result.js';
import {
  abortedResult,
  failedResult,
  HOSTILE,
  invalidResult,
  passedResult,
  trend,
  withText,
} from './fixture.js';

const options: SummaryOptions = {
  color: false,
  width: 80,
  paths: { report: 'reports/run/report.html' },
  exitCode: 99,
};

function lines(result: Result, over: Partial<SummaryOptions> = {}): string[] {
  return renderSummary(result, { ...options, ...over }).split('\n');
}

describe('console summary', () => {
  it('has its sections in k6’s order and ends with the report and the exit code', () => {
    const headings = lines(failedResult()).flatMap((line) => /█ ([A-Z ]+[A-Z])/.exec(line)?.[1] ?? []);
    assert.deepEqual(
      headings.map((heading) => heading.replace(/ {2}.*/, '')),
      ['GENERATOR', 'THRESHOLDS', 'TOTAL RESULTS', 'OUTCOMES', 'WHERE THE TIME GOES', 'SUMS'],
    );
    assert.equal(lines(failedResult()).at(-2), '  report: reports/run/report.html   exit 99');
  });

  it('names the target, the verdict and every reason of the generator', () => {
    const text = renderSummary(failedResult(), options);
    assert.match(text, /inbound-peak → smtp:\/\/127\.0\.0\.1:2525/);
    assert.match(text, /FAILED {2}2 of 4 thresholds failed\./);
    assert.match(text, /█ GENERATOR {2}DEGRADED/);
    assert.match(text, /! Arrivals started late: p99 was 2\.41 ms/);
    assert.match(renderSummary(invalidResult(), options), /INVALID[\s\S]*busy 97 % of the time/);
  });

  it('marks each threshold and shows what it was judged by', () => {
    const text = renderSummary(failedResult(), options);
    assert.match(
      text,
      /smtp_message_duration\n {4}✓ p\(95\)<200 {3}p\(95\)=89\.20ms\n {4}✗ p\(99\)<110 {3}p\(99\)=126\.4ms/,
    );
    assert.match(text, /✗ p\(95\)<1000 {2}no samples/);
  });

  it('shows all quantiles in 80 columns without the common prefix, and full names in 120', () => {
    assert.match(
      renderSummary(passedResult(), options),
      / {4}smtp_… +n +med +p\(90\) +p\(95\) +p\(99\) +p\(99\.9\) +max\n {4}message_duration\.+: 24,986 38\.2ms/,
    );
    assert.match(
      renderSummary(passedResult(), { ...options, width: 120 }),
      / {4}smtp_message_duration\.+: +24,986 +38\.2ms/,
    );
  });

  it('shows no quantile that rests on fewer than ten samples', () => {
    const result = { ...passedResult(), metrics: { smtp_connecting: trend(150, 1) } };
    const row = lines(result, { width: 120 }).find((line) => line.includes('smtp_connecting'));
    assert.match(row ?? '', /150 +\S+s +\S+s +– +– +– +\S+s$/);
  });

  it('lists outcomes with a sample reply, most frequent first', () => {
    const text = renderSummary(passedResult(), { ...options, width: 120 });
    assert.match(
      text,
      /29,734 {2}99\.16% {2}accepted 250 2\.0\.0\n +250 2\.0\.0 Ok: queued as 4XyZ7b1K2mz9\n +240/,
    );
    assert.match(text, /failed CONTENT timeout {2}unexpected/);
  });

  it('writes the sums out and says when one does not come out', () => {
    const result = passedResult();
    assert.match(
      renderSummary(result, options),
      /iterations +30,000 scheduled = 29,986 started \+ 14 dropped/,
    );
    const broken = { ...result, counts: { ...result.counts, begun: 1 } };
    assert.match(renderSummary(broken, options), /messages +1 begun ≠ /);
  });

  it('lists tagged metrics only in full mode', () => {
    assert.doesNotMatch(renderSummary(passedResult(), options), /\{command:MAIL\}/);
    assert.match(renderSummary(passedResult(), { ...options, mode: 'full' }), / {2}\{command:MAIL\}/);
  });

  it('is complete for a run in which nothing happened', () => {
    const text = renderSummary(abortedResult(), options);
    assert.match(text, /ABORTED/);
    assert.match(text, /nothing was measured/);
    assert.doesNotMatch(text, /NaN|undefined|Infinity/);
  });

  it('fits every width from 40 columns on, whatever is in it', () => {
    for (const result of [
      passedResult(),
      failedResult(),
      invalidResult(),
      withText(failedResult(), HOSTILE),
    ]) {
      for (const width of [40, 60, 80, 100, 120, 200]) {
        for (const mode of ['compact', 'full'] as const) {
          const long = lines(result, { width, mode })
            .slice(0, -2)
            .filter((line) => columns(line) > width);
          assert.deepEqual(long, [], `${width} columns, ${mode}`);
        }
      }
    }
  });

  it('cuts no number and no name of a metric at 44 columns', () => {
    for (const result of [passedResult(), failedResult()]) {
      const text = renderSummary(result, { ...options, width: 44 });
      const [, measured = ''] = /(█ THRESHOLDS[\s\S]*)█ OUTCOMES/.exec(text) ?? [];
      assert.doesNotMatch(measured.replace('smtp_…', ''), /…/);
      for (const metric of Object.keys(result.metrics).filter((key) => !key.includes('{')))
        assert.match(measured, new RegExp(`^ {4}${metric.replace(/^smtp_/, '')}(\\.*:|$)`, 'm'));
    }
  });

  it('goes on in the next line with what a threshold was judged by', () => {
    const result = passedResult();
    const metric = 'smtp_message_duration{command:MAIL,outcome:accepted}';
    const row = { metric, threshold: 'p(99.9)<2000', ok: true, value: 3.769, abortOnFail: false };
    const few = { ...result, thresholds: [row], metrics: { [metric]: trend(329, 1) } };
    assert.match(
      renderSummary(few, { ...options, width: 44 }),
      /\n {4}smtp_message_duration\n {6}\{command:MAIL,outcome:accepted\}\n {4}✓ p\(99\.9\)<2000 {2}p\(99\.9\)=3\.769ms\n {8}\(rests on few samples, n=329\)\n/,
    );
  });

  it('never cuts the path of the report', () => {
    const report = `/srv/${'reports/'.repeat(12)}report.html`;
    const [path, exit] = lines(passedResult(), { width: 44, paths: { report }, exitCode: 0 }).slice(-3);
    assert.deepEqual([path, exit], [`  report: ${report}`, '  exit 0']);
  });

  it('never lets foreign text act on the terminal', () => {
    const base = failedResult();
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const printed = renderSummary(withText(base, `${text}\u001b]0;x\u0007`), options);
        assert.doesNotMatch(printed, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/);
      }),
      { numRuns: 30 },
    );
  });

  it('has colour only where asked', () => {
    assert.doesNotMatch(renderSummary(failedResult(), options), /\u001b/);
    const colored = renderSummary(failedResult(), { ...options, color: true });
    assert.match(colored, /\u001b\[31m/);
    assert.equal(colored.replace(/\u001b\[\d+m/g, ''), renderSummary(failedResult(), options));
  });
});
