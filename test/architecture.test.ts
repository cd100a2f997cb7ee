import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type Rules, violations } from './architecture.js';

/** Who may import whom: ARCHITECTURE.md in a form that can be checked. */
const RULES: Rules = {
  shared: ['errors.ts', 'safety.ts'],
  rooms: {
    'errors.ts': [],
    'safety.ts': [],
    // Pure: what was seen, and what it means.
    metrics: [],
    statistics: [],
    // Files as people write them, whatever they are about.
    yaml: [],
    // What to do, as data.
    scenario: ['metrics', 'yaml', 'code'],
    // A scenario's own code: who imports it, calls it, and says where it threw.
    code: [
      'yaml',
      'scenario/address-pattern.ts',
      'scenario/expectation.ts',
      'scenario/schema/values.ts',
      'type scenario',
      'type message',
      // Only by its place: what `mailbench` means there.
      'mailbench.ts',
    ],
    'mailbench.ts': ['code'],
    // The parts of a shard. None knows another: load knows no SMTP, SMTP knows no load.
    load: ['type scenario'],
    smtp: ['type scenario'],
    message: ['type scenario'],
    shard: ['load', 'smtp', 'message', 'metrics', 'code', 'type scenario'],
    // The receiving side shares no code with the sending side, or it would share its bugs.
    sink: ['message/stamp.ts', 'delivery/receipt.ts', 'delivery/arrival.ts', 'yaml'],
    delivery: ['message/stamp.ts', 'metrics', 'result', 'type scenario'],
    deliverability: [
      'smtp/transport.ts',
      'smtp/open-transport.ts',
      'smtp/reply-parser.ts',
      'smtp/resolver.ts',
    ],
    // A run and what is left of it. Nothing after `result` needs a socket.
    run: ['shard', 'scenario', 'code', 'metrics', 'result', 'delivery', 'sink/process/embedded.ts'],
    result: ['metrics'],
    report: ['result', 'metrics', 'statistics'],
    compare: ['result', 'metrics', 'statistics'],
    // What makes many runs. A variant, and a trial, is a scenario with something over it.
    experiment: ['run', 'result', 'metrics', 'statistics', 'compare', 'scenario', 'yaml'],
    capacity: ['run', 'result', 'metrics', 'statistics', 'compare', 'scenario'],
    cluster: ['shard', 'metrics', 'type run'],
    cli: ['*'],
  },
  builtins: [
    {
      what: ['net', 'tls', 'dns', 'dgram', 'http', 'https', 'http2'],
      where: ['smtp/transport.ts', 'smtp/resolver.ts', 'smtp/tls-context.ts', 'sink', 'deliverability'],
    },
    {
      what: ['fs'],
      where: [
        'cli',
        'scenario',
        'code',
        'result',
        'message/corpus',
        'delivery',
        'sink',
        'shard/health.ts',
        'report/page-assets.ts',
      ],
    },
    { what: ['child_process'], where: ['cli', 'run', 'sink/process/embedded.ts', 'smtp/process-socket.ts'] },
    { what: ['worker_threads'], where: ['run', 'shard'] },
  ],
  words: [
    { what: ['console.log', 'console.error', 'console.warn', 'console.info'], where: ['cli'] },
    { what: ['process.stdout', 'process.exitCode'], where: ['cli'] },
    // What scenario code logs is led there.
    { what: ['process.stderr'], where: ['cli', 'code/import-module.ts'] },
    { what: ['process.exit'], where: ['cli', 'sink/process/process.ts', 'sink/process/worker.ts'] },
    // Every draw is a function of the seed, and time is a parameter.
    { what: ['Math.random'] },
    {
      what: ['Date.now', 'performance.now', 'process.hrtime'],
      notIn: ['metrics', 'statistics', 'message'],
    },
  ],
  forbiddenNames: ['utils', 'util', 'common', 'helpers', 'misc'],
};

test('src/ keeps the rules of the house', async () => {
  const sources = await readSources(fileURLToPath(new URL('../src', import.meta.url)));
  assert.notEqual(sources.size, 0);
  assert.deepEqual(violations(sources, RULES), []);
});

test('a room that imports one it must not know is reported, by whichever kind of import', () => {
  const forbidden = [
    `import { Session } from '../smtp/session.js';`,
    `import type { Session } from '../smtp/session.js';`,
    `export { Session } from '../smtp/session.js';`,
    `await import('../smtp/session.js');`,
    `new URL('../smtp/session.js', import.meta.url);`,
    `import { Session } from '#src/smtp/session.js';`,
  ];
  for (const line of forbidden) {
    assert.deepEqual(check({ 'load/pacer.ts': line }), ['load/pacer.ts: imports smtp/session.ts'], line);
  }
});

test('a room may import its own files, the shared files and the rooms it is allowed', () => {
  const text = [
    `import { a } from './session.js';`,
    `import { b } from '../errors.js';`,
    `import { c } from '../safety.js';`,
    `import { d } from '../message/stamp.js';`,
    `import { e } from 'pure-rand';`,
  ].join('\n');
  assert.deepEqual(check({ 'shard/shard.ts': text }), []);
});

test('where only types of a room may be imported, a value is reported', () => {
  const path = 'smtp/session.ts';
  assert.deepEqual(check({ [path]: `import type { Target } from '../scenario/scenario.js';` }), []);
  assert.deepEqual(check({ [path]: `import { parse } from '../scenario/scenario.js';` }), [
    `${path}: imports scenario/scenario.ts, of which it may import types only`,
  ]);
});

test('where only one file of a room may be imported, its neighbour is reported', () => {
  assert.deepEqual(check({ 'sink/server.ts': `import { a } from '../message/stamp.js';` }), []);
  assert.deepEqual(check({ 'sink/server.ts': `import { a } from '../message/stamps.js';` }), [
    'sink/server.ts: imports message/stamps.ts',
  ]);
});

test('a shared file imports nothing', () => {
  assert.deepEqual(check({ 'errors.ts': `import { a } from './metrics/recorder.js';` }), [
    'errors.ts: imports metrics/recorder.ts',
  ]);
});

test('sockets, files, processes and threads are reported outside their places', () => {
  const cases: [module: string, allowed: string, reported: string][] = [
    ['node:net', 'smtp/transport.ts', 'smtp/session.ts'],
    ['node:dns/promises', 'smtp/resolver.ts', 'run/run.ts'],
    ['node:tls', 'sink/server.ts', 'scenario/certificates.ts'],
    ['node:fs/promises', 'result/run-dir.ts', 'report/html.ts'],
    ['node:fs', 'report/page-assets.ts', 'message/composer.ts'],
    ['node:child_process', 'sink/process/embedded.ts', 'sink/server.ts'],
    ['node:worker_threads', 'run/thread-host.ts', 'load/pacer.ts'],
  ];
  for (const [module, allowed, reported] of cases) {
    assert.deepEqual(check({ [allowed]: `import { a } from '${module}';` }), []);
    assert.deepEqual(check({ [reported]: `import type { A } from '${module}';` }), [
      `${reported}: imports ${module}`,
    ]);
  }
});

test('printing, exiting and drawing at random are reported outside their places', () => {
  assert.deepEqual(check({ 'cli/main.ts': `console.log(1); process.exit(1);` }), []);
  assert.deepEqual(check({ 'sink/process/process.ts': `process.exit(0);` }), []);
  assert.deepEqual(check({ 'run/run.ts': `if (failed) process.exit(1);` }), [
    'run/run.ts: uses process.exit',
  ]);
  assert.deepEqual(check({ 'report/html.ts': `  console.log(page);` }), ['report/html.ts: uses console.log']);
  assert.deepEqual(check({ 'load/pacer.ts': `const gap = Math.random();` }), [
    'load/pacer.ts: uses Math.random',
  ]);
  assert.deepEqual(check({ 'metrics/recorder.ts': `const now = Date.now();` }), [
    'metrics/recorder.ts: uses Date.now',
  ]);
  assert.deepEqual(check({ 'run/run.ts': `// never process.exit here\nhost.process.exits(); ` }), []);
});

test('files that import each other are reported, over any number of steps', () => {
  const ring = {
    'load/a.ts': `import { b } from './b.js';`,
    'load/b.ts': `import type { C } from './c.js';`,
    'load/c.ts': `import { a } from './a.js';`,
    'load/d.ts': `import { a } from './a.js';`,
  };
  assert.deepEqual(check(ring), ['load/a.ts: imports itself: load/a.ts → load/b.ts → load/c.ts → load/a.ts']);
  assert.deepEqual(check({ ...ring, 'load/c.ts': '' }), []);
});

test('a process that a file starts may import that file', () => {
  const sources = {
    'sink/process/embedded.ts': `fork(new URL('./process.js', import.meta.url));`,
    'sink/process/process.ts': `import type { Ready } from './embedded.js';`,
  };
  assert.deepEqual(check(sources), []);
});

test('unknown rooms, barrel files and names that say nothing are reported', () => {
  assert.deepEqual(check({ 'lib/pool.ts': '' }), ['lib/pool.ts: "lib" is no room of this house']);
  assert.deepEqual(check({ 'smtp/index.ts': '' }), ['smtp/index.ts: a barrel file']);
  assert.deepEqual(check({ 'smtp/utils.ts': '' }), [
    'smtp/utils.ts: "utils" says nothing about what is in there',
  ]);
  assert.deepEqual(check({ 'smtp/common/a.ts': '' }), [
    'smtp/common/a.ts: "common" says nothing about what is in there',
  ]);
});

function check(sources: Readonly<Record<string, string>>): string[] {
  return violations(new Map(Object.entries(sources)), RULES);
}

async function readSources(dir: string): Promise<Map<string, string>> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => join(entry.parentPath, entry.name));
  const texts = await Promise.all(paths.map((path) => readFile(path, 'utf8')));
  return new Map(paths.map((path, i) => [relative(dir, path), texts[i] ?? '']));
}
