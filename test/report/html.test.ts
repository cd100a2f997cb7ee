import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { renderHtml } from '#src/report/html.js';
import { loadPageAssets } from '#src/report/page-assets.js';
import {
  abortedResult,
  deliveredResult,
  deliveryDetails,
  failedResult,
  HOSTILE,
  invalidResult,
  passedResult,
  soundlyDeliveredResult,
  trend,
  withText,
} from './fixture.js';

const assets = loadPageAssets();
/** Stand-ins, so that what is found in a page is ours. */
const bare = { script: 'draw();', style: 'p{}' };

describe('HTML report', () => {
  it('has its sections in order', () => {
    const ids = [...renderHtml(failedResult(), bare).matchAll(/<section id="([a-z]+)"/g)].map(
      (match) => match[1],
    );
    assert.deepEqual(ids, [
      'health',
      'thresholds',
      'numbers',
      'rate',
      'latency',
      'percentiles',
      'phases',
      'outcomes',
      'generator',
      'metrics',
      'scenario',
      'environment',
    ]);
  });

  it('has a section on delivery where that was proved, with or without its details', () => {
    const page = renderHtml(deliveredResult(), bare, deliveryDetails());
    assert.match(page, /<section id="delivery"[\s\S]*<section id="rate"/);
    assert.match(page, /29,730 of 29,734 accepted copies arrived/);
    assert.match(page, /stalled\.example\.test[\s\S]*21\.0\u00a0s/);
    assert.match(page, /4711[\s\S]*queued as 4XyZ7b1K2mz9/);
    assert.match(page, /The backlog grew while the load was steady/);
    const without = renderHtml(soundlyDeliveredResult(), bare);
    assert.match(without, /All 29,734 accepted copies arrived, each exactly once and whole\./);
    assert.doesNotMatch(without, /By domain|data-chart="backlog"/);
  });

  it('lists what is lost before what came twice or from elsewhere, in whatever order it was seen', () => {
    const details = deliveryDetails();
    const cases = details.cases.toReversed();
    const page = renderHtml(deliveredResult(), bare, { ...details, cases });
    const [list = ''] = page.slice(page.indexOf('Single copies')).split('</table>', 1);
    const kinds = cases.map(({ kind }) => kind);
    const shown = [...list.matchAll(/<th scope="row" class="">(\w+)<\/th>/g)].map(([, kind]) => kind);
    assert.deepEqual([...new Set(shown)], ['lost', 'duplicated', 'bounced', 'unexpected']);
    assert.equal(shown.length, kinds.length);
  });

  it('lets no foreign text of a delivery become markup', () => {
    const page = renderHtml(deliveredResult(), bare, deliveryDetails('<img src=x onerror=alert(1)>'));
    assert.doesNotMatch(page, /<img/);
    assert.equal(page.match(/&lt;img src=x/g)?.length, 5);
  });

  it('shows the verdict, the target and the reasons of the generator', () => {
    const page = renderHtml(failedResult(), bare);
    assert.match(page, /<h1>inbound-peak <span class="badge failed">failed<\/span><\/h1>/);
    assert.match(page, /<code>smtp:\/\/127\.0\.0\.1:2525<\/code>/);
    assert.match(page, /<li>Arrivals started late: p99 was 2\.41 ms/);
    assert.match(
      renderHtml(invalidResult(), bare),
      /badge invalid[\s\S]*These numbers do not describe the server/,
    );
  });

  it('holds its numbers without a script', () => {
    const page = renderHtml(passedResult(), bare).replace(/<script[\s\S]*?<\/script>/g, '');
    assert.match(page, /<dt>Response time p95<\/dt><dd>87\.5\u00a0ms<\/dd>/);
    assert.match(page, /29,986 begun = 29,734 accepted \+ 249 rejected \+ 3 failed \+ 0 interrupted/);
    assert.match(page, /<noscript>/);
  });

  it('suppresses quantiles that rest on few samples', () => {
    const page = renderHtml({ ...passedResult(), metrics: { smtp_message_duration: trend(150, 40) } }, bare);
    assert.match(page, /<dt>Response time p95<\/dt><dd>–<\/dd>/);
    assert.doesNotMatch(page, /<dt>Response time p50<\/dt><dd>–<\/dd>/);
  });

  it('asks no network for anything', () => {
    const page = renderHtml(failedResult(), assets);
    assert.match(page, /Content-Security-Policy" content="default-src 'none'; script-src 'sha256-/);
    assert.doesNotMatch(
      page,
      /<(link|img|iframe|base|object|embed)|<[a-z][^>]*\s(src|href="[^#])|@import|url\(/,
    );
  });

  it('admits its own script and style by their digests only', () => {
    const page = renderHtml(failedResult(), assets);
    const policy = /Content-Security-Policy" content="([^"]*)"/.exec(page)?.[1] ?? '';
    const sha = (text: string | undefined) =>
      `'sha256-${createHash('sha256')
        .update(text ?? '')
        .digest('base64')}'`;
    assert.ok(policy.includes(`script-src ${sha(/<script>([\s\S]*?)<\/script>/.exec(page)?.[1])};`));
    assert.ok(policy.includes(`style-src ${sha(/<style>([\s\S]*?)<\/style>/.exec(page)?.[1])};`));
    assert.doesNotMatch(policy, /unsafe/);
    assert.doesNotMatch(page, /<[^>]*\s(style|on[a-z]+)="/);
  });

  it('cannot be ended early by what it inlines', () => {
    const page = renderHtml(passedResult(), { script: 'let a = "</script><b>";', style: '/* </style> */' });
    assert.equal(page.match(/<\/script>/g)?.length, 2);
    assert.equal(page.match(/<\/style>/g)?.length, 1);
  });

  it('lets foreign text be text, whatever it is', () => {
    const base = failedResult();
    const tags = elementsOf(renderHtml(base, bare));
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const page = renderHtml(withText(base, `${text}${HOSTILE}`), bare);
        assert.doesNotMatch(page, /<script>alert|<img|\u001b|\u202e|\u0000/);
        assert.deepEqual(
          [...elementsOf(page)].filter((tag) => !tags.has(tag)),
          [],
        );
      }),
      { numRuns: 15 },
    );
  });

  it('balances its elements', () => {
    for (const result of [
      passedResult(),
      failedResult(),
      abortedResult(),
      withText(failedResult(), HOSTILE),
    ]) {
      assertBalanced(renderHtml(result, bare));
    }
  });

  it('is complete for a run in which nothing happened', () => {
    const page = renderHtml(abortedResult(), bare);
    assert.match(page, /The run was too short for this chart/);
    assert.doesNotMatch(page, /NaN|undefined|Infinity|data-chart/);
  });

  it('draws no curve of fewer than twenty messages', () => {
    const few = (n: number) => ({ ...passedResult(), metrics: { smtp_message_duration: trend(n, 40) } });
    assert.doesNotMatch(renderHtml(few(19), bare), /data-chart="percentiles"/);
    assert.match(renderHtml(few(20), bare), /data-chart="percentiles"/);
  });

  it('stays small: a minute of seconds in under 150 kB', () => {
    assert.ok(renderHtml(failedResult(), assets).length < 150_000);
  });
});

function elementsOf(page: string): ReadonlySet<string> {
  return new Set([...page.matchAll(/<([a-z0-9]+)/g)].map((match) => match[1] ?? ''));
}

/** Every element that must be closed is, in order. */
function assertBalanced(page: string): void {
  const open: string[] = [];
  for (const [, closing, name = ''] of page.matchAll(/<(\/?)([a-z0-9]+)(?:\s[^>]*)?>/g)) {
    if (name === 'meta') continue;
    if (closing === '') open.push(name);
    else assert.equal(open.pop(), name);
  }
  assert.deepEqual(open, []);
}
