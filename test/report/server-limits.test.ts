import assert from 'node:assert/strict';
import { test } from 'node:test';
import { renderSummary } from '#src/report/console-summary.js';
import { renderHtml } from '#src/report/html.js';
import { renderMarkdown } from '#src/report/markdown.js';
import { descriptionOf, limitSentence, serverLimitsOf } from '#src/report/server-limits.js';
import { verdictOf } from '#src/report/verdict.js';
import type { Result } from '#src/result/result.js';
import { SERVER_LIMITS } from '#src/smtp/server-limit.js';
import { passedResult } from './fixture.js';

const TITLE = /server limit on this client/i;

test('every limit the wire client knows is told in words of its own', () => {
  for (const limit of SERVER_LIMITS) {
    const { setting, advice } = descriptionOf(limit);
    assert.notEqual(setting, limit, limit);
    assert.notEqual(advice, '', limit);
  }
  assert.equal(
    new Set(SERVER_LIMITS.map((limit) => limitSentence({ ...descriptionOf(limit), replies: 1 }))).size,
    SERVER_LIMITS.length,
  );
});

test('limits are listed by how often they were met; their sum is not one of them', () => {
  const limits = serverLimitsOf(withLimits({ 'postfix-errors': 1, 'exim-nonmail': 1_200, rate: 0 }));
  assert.deepEqual(limits.map(limitSentence), [
    'Exim, smtp_accept_max_nonmail (1,200 replies): raise it, or except this client in smtp_accept_max_nonmail_hosts; fewer steps, no rset.',
    'Postfix, smtpd_hard_error_limit, with smtpd_junk_command_limit for NOOP, RSET and VRFY (1 reply): send what it does not refuse; fewer steps, no rset; or raise both.',
  ]);
});

test('a limit of a later version is shown by its name', () => {
  assert.match(
    serverLimitsOf(withLimits({ 'qmail-concurrency': 2 }))
      .map(limitSentence)
      .join(),
    /^qmail-concurrency \(2 replies\)/,
  );
});

test('console, Markdown and page say so, with the setting, and the verdict stays as it was', () => {
  const result = withLimits({ 'postfix-connections': 7 });
  for (const text of rendered(result)) {
    assert.match(text, TITLE);
    assert.match(text.replaceAll('\\', ''), /smtpd_client_connection_count_limit/);
  }
  assert.deepEqual(verdictOf(result), verdictOf(passedResult()));
});

test('a run that met no limit does not speak of one', () => {
  for (const text of rendered(passedResult())) assert.doesNotMatch(text, TITLE);
});

test('a limit named by a foreign result is escaped', () => {
  const [console, markdown, page] = rendered(withLimits({ '<b>\u001b[31m': 1 }));
  assert.ok(!console.includes('\u001b'));
  assert.ok(!markdown.includes('<b>\u001b'));
  assert.ok(page.includes('<li>&lt;b&gt;\\x1b[31m (1 reply)'));
});

function rendered(result: Result): [console: string, markdown: string, page: string] {
  const options = { color: false, width: 100, paths: { report: 'x' }, exitCode: 0 };
  return [
    renderSummary(result, options),
    renderMarkdown(result),
    renderHtml(result, { script: '', style: '' }),
  ];
}

function withLimits(limits: Readonly<Record<string, number>>): Result {
  const result = passedResult();
  const rows = Object.entries(limits).map(([limit, n]) => [
    `smtp_server_limits{limit:${limit}}`,
    { type: 'counter' as const, n, values: { count: n, rate: n / 60 } },
  ]);
  const total = { type: 'counter' as const, n: 9, values: { count: 9, rate: 0.15 } };
  return {
    ...result,
    metrics: { ...result.metrics, smtp_server_limits: total, ...Object.fromEntries(rows) },
  };
}
