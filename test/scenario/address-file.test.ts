import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Problem } from '#src/errors.js';
import type { Envelope } from '#src/scenario/scenario.js';
import { load, problem } from './load.js';

function envelope(words: string, file: string, more = ''): Envelope {
  return load(`envelope: ${words}${more}`, { files: { 'f.csv': file } }).scenario.envelope;
}

function fault(words: string, file: string): Problem {
  return problem(`envelope: ${words}`, { files: { 'f.csv': file } });
}

test('addresses are those of the column, with their weights where there is one', () => {
  const { to, senders, from } = envelope(
    '{ to: { file: f.csv, choose: weighted }, from: { file: f.csv } }',
    'name,address,weight\n"B, C",b@a.example.test,2\nD,d@a.example.test,0\n',
  );
  const [entry] = to;
  assert.deepEqual(entry?.list?.addresses, ['b@a.example.test', 'd@a.example.test']);
  assert.deepEqual([entry?.list?.weights, entry?.choose], [[2, 0], 'weighted']);
  assert.deepEqual([from, senders?.choose, senders?.list.sha256], ['', 'uniform', entry?.list?.sha256]);
  assert.match(entry?.list?.sha256 ?? '', /^[0-9a-f]{64}$/);
});

test('without a header each line is an address', () => {
  assert.deepEqual(envelope('{ to: { file: f.csv } }', 'a@x.test\r\n\r\nb@x.test').to[0]?.list?.addresses, [
    'a@x.test',
    'b@x.test',
  ]);
});

test('a line that cannot be used is named', () => {
  for (const [file, message] of [
    ['', /line 1/],
    ['address\n', /hold no address/],
    ['name,mail\nx,y\n', /line 1 names no column address/],
    ['address\na@x.test\nnobody\n', /line 3 /],
    ['address\na@x.test\nA@X.test\n', /line 3 repeats line 2/],
    ['address\na@x.test\nb@gmail.com\n', /line 3 leads to gmail.com/],
    ['address\n"a\u0001b@x.test"\n', /line 2 holds a control character/],
    ['address,weight\na@x.test,much\n', /line 2 has no weight/],
    ['address,weight\na@x.test,0\n', /no weight is above 0/],
  ] as const) {
    const found = fault('{ to: { file: f.csv } }', file);
    assert.deepEqual([found.code, found.path], ['SCENARIO_ADDRESS_FILE', 'envelope.to.file']);
    assert.match(found.message, message);
  }
  assert.equal(fault('{ from: { file: none.csv } }', '').path, 'envelope.from.file');
});

test('real domains need the word that they may get mail', () => {
  const more = '\ntarget: { authorized: true }';
  assert.deepEqual(envelope('{ to: { file: f.csv } }', 'a@gmail.com', more).to[0]?.list?.addresses, [
    'a@gmail.com',
  ]);
});

test('words that do not fit each other are refused where they stand', () => {
  for (const [words, path, message] of [
    ['{ to: { file: f.csv, address: "a@x.test" } }', 'envelope.to.address', /beside a file/],
    ['{ to: { file: f.csv, domains: [a.test] } }', 'envelope.to.domains', /beside a file/],
    ['{ to: { file: f.csv, choose: weighted } }', 'envelope.to.choose', /no column weight/],
    ['{ to: { choose: weighted } }', 'envelope.to.choose', /no file with weights/],
    ['{ to: { exponent: 2 } }', 'envelope.to.exponent', /without zipf/],
    ['{ to: { choose: zipf, users: 2000000 } }', 'envelope.to.users', /zipf can draw from/],
    ['{ from: { file: f.csv, exponent: 2 } }', 'envelope.from.exponent', /without zipf/],
  ] as const) {
    const found = fault(words, 'a@x.test\n');
    assert.deepEqual([found.code, found.path], ['SCENARIO_ADDRESS_FILE', path]);
    assert.match(found.message, message);
  }
  const few = fault('{ to: { file: f.csv, perMessage: 2 } }', 'a@x.test\n');
  assert.deepEqual([few.code, few.path], ['SCENARIO_PER_MESSAGE', 'envelope.to.perMessage']);
});

test('the number of recipients may be drawn, but in turn only where it is fixed', () => {
  const { to } = envelope('{ to: { perMessage: { 1: 80, 5: 15, 50: 5 } } }', '');
  assert.deepEqual(
    [to[0]?.perMessage.min, to[0]?.perMessage.max, to[0]?.perMessage.weights?.length],
    [1, 50, 3],
  );
  assert.deepEqual(envelope('{ to: { perMessage: { min: 2, max: 3 } } }', '').to[0]?.perMessage, {
    min: 2,
    max: 3,
  });
  for (const [words, path, code] of [
    [
      '{ to: { file: f.csv, choose: round-robin, perMessage: { min: 1, max: 2 } } }',
      'envelope.to.choose',
      'SCENARIO_PER_MESSAGE',
    ],
    [
      '{ to: { users: 90000, perMessage: { 60000: 1 } } }',
      'envelope.to.perMessage["60000"]',
      'SCENARIO_OUT_OF_RANGE',
    ],
    [
      '{ to: { users: 3, perMessage: { min: 1, max: 4 } } }',
      'envelope.to.perMessage',
      'SCENARIO_PER_MESSAGE',
    ],
    ['{ to: { file: f.csv, perMessage: { 1: 1, 3: 1 } } }', 'envelope.to.perMessage', 'SCENARIO_PER_MESSAGE'],
    [
      '{ from: "b+{{verp}}@x.test", to: { perMessage: { 1: 9, 2: 1 } } }',
      'envelope.from',
      'SCENARIO_PLACEHOLDER',
    ],
  ] as const) {
    const found = fault(words, 'a@x.test\nb@x.test\n');
    assert.deepEqual([found.path, found.code], [path, code]);
  }
});

test('VERP wants one recipient a message, and room for the longest', () => {
  const several = fault('{ from: "b+{{verp}}@x.test", to: { perMessage: 2 } }', '');
  assert.deepEqual([several.code, several.path], ['SCENARIO_PLACEHOLDER', 'envelope.from']);
  const long = fault(
    '{ from: "b+{{verp}}@x.test", to: { file: f.csv } }',
    `a@x.test\n${'l'.repeat(60)}@x.test\n`,
  );
  assert.deepEqual([long.code, long.path], ['SCENARIO_ADDRESS', 'envelope.from']);
  assert.match(long.hint ?? '', /llll@x\.test/);
  const quoted = fault('{ from: "b+{{verp}}@x.test", to: { file: f.csv } }', '"""a b""@x.test"\n');
  assert.match(quoted.hint ?? '', /a b/);
  assert.equal(envelope('{ from: "b-{{seq}}+{{verp}}@x.test" }', '').from, 'b-{{seq}}+{{verp}}@x.test');
  assert.equal(fault('{ from: "b{{seq}}{{verp}}@x.test" }', '').code, 'SCENARIO_PLACEHOLDER');
});
