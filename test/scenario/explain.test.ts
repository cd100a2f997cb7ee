import assert from 'node:assert/strict';
import { basename } from 'node:path';
import { test } from 'node:test';
import type { ExplainedValue } from '#src/scenario/explain.js';
import { parseKeyPath } from '#src/yaml/key-path.js';
import { valueAt } from '#src/yaml/source-tree.js';
import { type Around, load } from './load.js';

const TEXT = `name: explained
target:
  url: smtps://localhost
  auth: { user: "\${SMTP_USER:-alice}", pass: "\${SMTP_PASS}" }
messages:
  - { weight: 2, size: 12KiB }
scenarios:
  peak:
    executor: constant-arrival-rate
    rate: \${RATE:-50}
    duration: 2m
    preAllocatedVUs: 5
`;
const ENV = { SMTP_PASS: 'open-sesame' };

test('each value has the place that won: file, environment, flag, --set or none', () => {
  const around = {
    env: { ...ENV, MAILBENCH_PIPELINING: 'off', MAILBENCH_SEED: '7' },
    flags: { seed: '8', set: ['scenarios.peak.rate=800', 'client.rset=true'], tag: ['build=42'] },
  };
  const rows = explained(TEXT, around);
  assert.deepEqual(
    ['name', 'seed', 'client.pipelining', 'scenarios.peak.rate', 'client.rset', 'tags.build'].map((path) => {
      const { value, source, where } = rows.get(path)!;
      return [value, source, where];
    }),
    [
      ['explained', 'file', 's.yaml:1:7'],
      [8, 'flag', '--seed'],
      ['off', 'environment', 'MAILBENCH_PIPELINING'],
      [800, 'set', '--set scenarios.peak.rate'],
      [true, 'set', '--set client.rset'],
      ['42', 'flag', '--tag build'],
    ],
  );
  const { value, source, where } = rows.get('client.timeouts.connect')!;
  assert.deepEqual([value, source, where], ['10s', 'default', '']);
});

test('parts of a value that was given as a whole have its place, and their defaults have none', () => {
  const rows = explained(null, { flags: { size: '2KiB', rate: '5', duration: '3s', vus: '4' } });
  const places = [
    'messages[0].size',
    'messages[0].weight',
    'scenarios.default.rate',
    'scenarios.default.maxVUs',
  ];
  assert.deepEqual(
    places.map((path) => rows.get(path)!.where),
    ['--size', '', '--rate', '--vus'],
  );
  const set = explained(null, { flags: { set: ['client.timeouts={connect: 3s}'] } });
  assert.equal(set.get('client.timeouts.connect')!.where, '--set client.timeouts');
  assert.equal(set.get('client.timeouts.tls')!.source, 'default');
});

test('a reference is told with what it came to, unless that is a secret', () => {
  const rows = explained(TEXT, { env: { ...ENV, SMTP_USER: 'bob' } });
  const told = (path: string) => {
    const { value, reference, unset } = rows.get(path)!;
    return { value, reference, unset };
  };
  assert.deepEqual(told('target.auth.user'), { value: 'bob', reference: '${SMTP_USER:-alice}', unset: [] });
  assert.deepEqual(told('target.auth.pass'), { value: '${SMTP_PASS}', reference: '${SMTP_PASS}', unset: [] });
  assert.deepEqual(told('scenarios.peak.rate'), { value: 50, reference: '${RATE:-50}', unset: ['RATE'] });
});

test('no secret is told, wherever it stands', () => {
  const texts = [
    'target: { url: "smtps://alice:open-sesame@localhost" }',
    'target: { url: smtps://localhost, auth: { user: alice, pass: open-sesame } }',
    'target: { url: smtps://localhost, auth: { user: alice, pass: "${P:-open-sesame}" } }',
    'target: { url: "${URL}" }',
    'tags: { login: "${SMTP_PASS}" }',
    'name: "x ${SMTP_PASS}"',
  ];
  for (const text of texts) {
    const env = { ...ENV, URL: 'smtps://alice:open-sesame@localhost' };
    assert.doesNotMatch(JSON.stringify([...explained(text, { env }).values()]), /open-sesame/, text);
  }
});

test('credentials in the URL have its place', () => {
  const rows = explained('target: { url: "smtps://alice:open-sesame@localhost" }');
  assert.equal(rows.get('target.auth.user')!.where, 's.yaml:1:16');
  assert.equal(rows.get('target.auth.method')!.source, 'file');
});

test('a seed that nobody gave is not told as if the next run would have it', () => {
  assert.deepEqual(explained(null).get('seed')!.value, 'random');
  assert.deepEqual(explained('seed: 9').get('seed')!.value, 9);
});

test('every value of the display is told, once, under a path that --set takes', () => {
  const { display, explain } = load(TEXT, { env: ENV });
  const rows = explain();
  assert.equal(new Set(rows.map(({ path }) => path)).size, rows.length);
  for (const { path } of rows) {
    const steps = parseKeyPath(path);
    assert.ok(steps !== null && valueAt(display, steps) !== undefined, path);
  }
});

function explained(text: string | null, around: Around = {}): ReadonlyMap<string, ExplainedValue> {
  const rows = load(text, around).explain();
  return new Map(rows.map((row) => [row.path, { ...row, where: basename(row.where) }]));
}
