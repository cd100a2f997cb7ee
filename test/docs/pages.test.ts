import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { EXIT_CODE_HELP, ExitCode } from '#src/cli/exit-codes.js';
import { METRICS } from '#src/metrics/catalogue.js';
import { LIMITS } from '#src/metrics/health.js';
import { deliveryDetailsSchema } from '#src/result/delivery-details.js';
import { runEventSchema } from '#src/result/events.js';
import { messageLineSchema } from '#src/result/message-log.js';
import { deliverySchema, outcomeSchema, resultSchema, seriesRowSchema } from '#src/result/result.js';
import { RUN_FILES } from '#src/result/run-directory.js';
import { RFC5321_TIMEOUTS } from '#src/scenario/complete.js';
import { scenarioJsonSchema } from '#src/scenario/json-schema.js';
import { EXECUTOR_NAMES } from '#src/scenario/schema/schema.js';
import { REPLY_CLASSES } from '#src/scenario/schema/values.js';
import { classifyReply } from '#src/smtp/reply-class.js';
import { load } from '../scenario/load.js';
import { codeSpans, sectionOf, tableRows } from './markdown.js';

const root = new URL('../../', import.meta.url);

test('scenario.md mentions every key of the JSON Schema, and no key that is not there', () => {
  const keys = keysOf(scenarioJsonSchema());
  const page = read('docs/scenario.md');
  const mentioned = new Set(tableRows(page, '').flatMap(([cell = '']) => namesIn(cell)));
  assert.deepEqual([...keys].filter((key) => !mentioned.has(key)).sort(), []);
  // The values of `executor` stand in a table of their own; flags and placeholders are no keys.
  const inKeyTables = tableRows(page, 'Keys').flatMap(([cell = '']) => namesIn(cell));
  const allowed = new Set<string>([...keys, ...EXECUTOR_NAMES, 'embedded']);
  assert.deepEqual(
    inKeyTables.filter((name) => !allowed.has(name) && !name.includes('//')),
    [],
  );
});

test('events.md lists exactly the keys of the events, and the phases', () => {
  const page = read('docs/events.md');
  const rows = (heading: string) => tableRows(page, heading).flatMap(([cell = '']) => codeSpans(cell));
  const phases = new Set<string>(runEventSchema.options.flatMap(({ shape }) => phasesOf(shape)));
  const listed = rows('phase');
  assert.deepEqual(
    [...phases].filter((phase) => !listed.includes(phase)),
    [],
  );
  for (const type of ['phase', 'progress', 'threshold', 'final']) {
    const schemas = runEventSchema.options.filter(({ shape }) => shape.type.value === type);
    const keys = new Set(schemas.flatMap(({ shape }) => Object.keys(shape)));
    const found = [...rows('Every event'), ...rows(type)];
    const ofType = new Set(found.filter((key) => type !== 'phase' || !phases.has(key)));
    assert.deepEqual([...ofType].sort(), [...keys].sort(), type);
  }
});

test('scenario.md gives the time-outs that are used', () => {
  const usual = load(null).display.client as { timeouts: Record<string, string> };
  const rows = tableRows(read('docs/scenario.md'), '`client`').filter((row) => row.length === 4);
  const listed = rows.flatMap(([key = '', usualWord = '', rfcWord = '']) => {
    const name = codeSpans(key)[0] ?? '';
    return name in RFC5321_TIMEOUTS && /^\d/.test(rfcWord) ? [[name, usualWord, rfcWord]] : [];
  });
  const expected = Object.entries(RFC5321_TIMEOUTS).map(([key, rfc]) => [key, usual.timeouts[key], rfc]);
  assert.deepEqual(listed, expected);
});

test('scenario.md lists exactly the variables that are read, each beside its flag', () => {
  const source = read('src/scenario/overrides.ts');
  const used = [...new Set([...source.matchAll(/'(MAILBENCH_[A-Z_]+)'/g)].map((match) => match[1] ?? ''))];
  const rows = tableRows(read('docs/scenario.md'), 'What beats what').filter(([, cell = '']) =>
    /MAILBENCH_/.test(cell),
  );
  const listed = rows.map(([flag = '', variable = '']) => [codeSpans(flag)[0], codeSpans(variable)[0]]);
  assert.deepEqual(listed.map(([, variable]) => variable).sort(), used.sort());
  for (const [flag = '', variable = ''] of listed) {
    assert.equal(`--${variable.slice('MAILBENCH_'.length).toLowerCase().replaceAll('_', '-')}`, flag);
  }
});

test('metrics.md lists exactly the metrics of the catalogue, with their types and tags, in its order', () => {
  const rows = tableRows(read('docs/metrics.md'), 'Metrics').map(([name = '', type, tags]) => [
    codeSpans(name)[0],
    type,
    tags,
  ]);
  const expected = Object.entries(METRICS).map(([name, { type, tags }]) => [name, type, tags.join(', ')]);
  assert.deepEqual(rows, expected);
});

test('reply-classes.md lists exactly the classes, and each example has the class it stands for', () => {
  const page = read('docs/reply-classes.md');
  const section = page.slice(0, page.indexOf('## Order of decision'));
  const rows = tableRows(section, '').map((cells) => cells.map((cell) => codeSpans(cell)[0] ?? ''));
  assert.deepEqual(rows.map(([name]) => name).sort(), ['accepted', ...REPLY_CLASSES].sort());
  for (const [name, , example = ''] of rows) {
    if (example !== '') assert.equal(classOf(example), name, example);
  }
});

test('health.md states every limit as it is', () => {
  const percent = (share: number) => `${share * 100} %`;
  const rows = tableRows(read('docs/health.md'), 'Whether to believe a run');
  const row = (name: string) => rows.find(([cell]) => cell === name)?.slice(2);
  const { utilisation, cpuWait, latenessMs, latenessShareOfMedian, startedShare } = LIMITS;
  for (const [name, limit] of [
    ['utilisation', utilisation],
    ['CPU wait', cpuWait],
  ] as const) {
    assert.deepEqual(row(name), [
      `over ${percent(limit.degraded)}`,
      `over ${percent(limit.invalid)}, open only`,
    ]);
  }
  const lateness = `over ${latenessMs} ms, or ${percent(latenessShareOfMedian)} of the median response time if that is more`;
  assert.equal(row('lateness')?.[0], lateness);
  assert.equal(row('started')?.[0], `under ${percent(startedShare)}`);
});

test('results.md names every file of a run directory and every key of result.json and messages.ndjson', () => {
  const page = read('docs/results.md');
  const files = tableRows(page.slice(0, page.indexOf('## report.html')), '').flatMap(([cell = '']) =>
    codeSpans(cell),
  );
  const all = [...Object.values(RUN_FILES), 'delivery.json', 'receipts.ndjson'];
  assert.deepEqual(files.sort(), all.sort());
  const { run, health, counts } = resultSchema.shape;
  const tables = [
    ['key', resultSchema],
    ['key of `run`', run],
    ['key of `health`', health],
    ['key of `counts`', counts],
    ['key of `delivery`', deliverySchema],
    ['key of `outcomes[]`', outcomeSchema],
    ['key of `series[]`', seriesRowSchema],
  ] as const;
  for (const [head, schema] of tables) {
    const section = tableUnder(sectionOf(page, 'result.json'), head);
    assert.deepEqual(section.sort(), Object.keys(schema.shape).sort(), head);
  }
  const host = codeSpans(page.split('\n').find((line) => line.startsWith('| `host`')) ?? '').slice(1);
  assert.deepEqual(host.sort(), Object.keys(run.shape.host.shape).sort());
  assert.deepEqual(
    tableUnder(sectionOf(page, 'delivery.json'), 'key').sort(),
    Object.keys(deliveryDetailsSchema.shape)
      .filter((key) => key !== 'schemaVersion')
      .sort(),
  );
  const messageKeys = tableUnder(sectionOf(page, 'messages.ndjson'), 'key').sort();
  assert.deepEqual(
    messageKeys,
    Object.keys(messageLineSchema.shape)
      .filter((key) => key !== 'v')
      .sort(),
  );
});

test('results.md lists exactly the exit codes', () => {
  const rows = tableRows(read('docs/results.md'), 'Exit codes').map(([code]) => Number(code));
  assert.deepEqual(
    [...rows].sort((a, b) => a - b),
    Object.values(ExitCode).sort((a, b) => a - b),
  );
  for (const code of rows) assert.match(EXIT_CODE_HELP, new RegExp(`^ +${code} `, 'm'));
});

function read(path: string): string {
  return readFileSync(new URL(path, root), 'utf8');
}

function phasesOf(shape: object): readonly string[] {
  const values: unknown = 'phase' in shape && Reflect.get(shape.phase as object, 'values');
  const options: unknown = 'phase' in shape && Reflect.get(shape.phase as object, 'options');
  return [...(values instanceof Set ? values : []), ...(Array.isArray(options) ? options : [])];
}

/** `554 5.7.1 Relay access denied` as an answer to RCPT. */
function classOf(reply: string): string {
  const [, code = '', enhanced = '', text = ''] = /^(\d{3}) (\d\.\d+\.\d+) (.*)$/.exec(reply) ?? [];
  const packed = enhanced.split('.').reduce((sum, part) => sum * 1000 + Number(part), 0);
  return classifyReply({
    command: 'RCPT',
    code: Number(code),
    enhanced: packed,
    text: `${enhanced} ${text}`,
  });
}

/** Words in backticks; of a path such as `tls.mode` every step. */
function namesIn(cell: string): string[] {
  return codeSpans(cell).flatMap((span) => span.replaceAll('[]', '').split('.'));
}

/** First cells of the table whose first heading is `head`. */
function tableUnder(section: string, head: string): string[] {
  const [, after = ''] = section.split(`\n| ${head} |`);
  const table = after.split('\n\n')[0] ?? '';
  return table
    .split('\n')
    .slice(2)
    .flatMap((line) => codeSpans(line.split('|')[1] ?? ''));
}

/** Every key of every map, except names that the user chooses. */
function keysOf(node: unknown, keys = new Set<string>()): Set<string> {
  if (typeof node !== 'object' || node === null) return keys;
  for (const [name, value] of Object.entries(node)) {
    const isProperties = name === 'properties' && typeof value === 'object' && value !== null;
    if (isProperties) for (const key of Object.keys(value)) keys.add(key);
    for (const child of isProperties ? Object.values(value) : [value]) keysOf(child, keys);
  }
  return keys;
}
