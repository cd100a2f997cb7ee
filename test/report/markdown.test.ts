import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { renderMarkdown } from '#src/report/markdown.js';
import { abortedResult, failedResult, HOSTILE, passedResult, trend, withText } from './fixture.js';

describe('Markdown summary', () => {
  it('opens with name, verdict, target and time', () => {
    const [title, , verdict, , facts] = renderMarkdown(failedResult()).split('\n');
    assert.equal(title, '# inbound-peak');
    assert.equal(verdict, '**❌ failed** · 2 of 4 thresholds failed.');
    assert.match(facts ?? '', /^Target <code>smtp&#58;\/\/127\.0\.0\.1:2525<\/code> · 2026-11-22/);
  });

  it('has a row for each threshold', () => {
    const text = renderMarkdown(failedResult());
    assert.match(
      text,
      /^\| ✅ \| <code>smtp_message_failed<\/code> \| <code>rate&#60;0\.001<\/code> \| rate=0\.00048 \|$/m,
    );
    assert.match(text, /^\| ❌ \| <code>smtp_delivery_duration<\/code> .* no samples \|$/m);
  });

  it('gives the key metrics and suppresses quantiles that rest on few samples', () => {
    assert.match(
      renderMarkdown(passedResult()),
      /^\| <code>smtp_message_duration<\/code> \| 24,986 \| 38\.2ms /m,
    );
    const few = renderMarkdown({ ...passedResult(), metrics: { smtp_connecting: trend(30, 1) } });
    assert.match(few, /^\| <code>smtp_connecting<\/code> \| 30 \| \S+s \| – \| – \| – \| – \| \S+s \|$/m);
  });

  it('tells the reasons of the generator', () => {
    assert.match(
      renderMarkdown(failedResult()),
      /## Generator: degraded\n\n- Arrivals started late: p99 was 2\.41 ms/,
    );
  });

  it('keeps every table whole, whatever a server says', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) =>
        assertTables(renderMarkdown(withText(failedResult(), text + HOSTILE))),
      ),
      { numRuns: 20 },
    );
  });

  it('lets no HTML of others through', () => {
    const text = renderMarkdown(withText(failedResult(), HOSTILE));
    assert.deepEqual([...new Set(text.match(/<[^>]*>/g))].sort(), ['</code>', '<code>']);
    assert.doesNotMatch(text, /@team|\u001b|\u202e/);
  });

  it('says how many rarer outcomes it leaves to the report', () => {
    const result = failedResult();
    const [row] = result.outcomes;
    const outcomes = Array.from({ length: 25 }, () => row!);
    assert.match(renderMarkdown({ ...result, outcomes }), /5 rarer outcomes are in the report/);
  });

  it('is complete for a run in which nothing happened', () => {
    assert.doesNotMatch(renderMarkdown(abortedResult()), /NaN|undefined|Infinity/);
  });
});

/** Each row of a table has as many cells as its heading. */
function assertTables(text: string): void {
  let cells = 0;
  for (const line of text.split('\n')) {
    const bars = line.startsWith('|') ? line.split('|').length : 0;
    if (bars > 0 && cells > 0) assert.equal(bars, cells, line);
    cells = bars;
  }
}
