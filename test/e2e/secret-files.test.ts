import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { startCliSink } from './cli-sink.js';
import { assertExit, loadRun, scenarioFile } from './load-run.js';

const PASSWORD = 'open-sesame-4711';

test('a password from a file opens sessions, and stands in no file of the run and in no line it prints', async (t) => {
  const sink = await startCliSink(t, ['--auth', `alice:${PASSWORD}`]);
  const file = await scenarioFile(t, {
    name: `secret \${file:pw}`,
    target: {
      url: `smtp://127.0.0.1:${sink.port}`,
      auth: { method: 'login', user: 'alice', pass: '${file:pw}', allowPlaintext: true },
    },
    scenarios: { a: { executor: 'shared-iterations', iterations: 5 } },
  });
  writeFileSync(join(dirname(file), 'pw'), `${PASSWORD}\n`);
  const run = await loadRun(t, [file, '--events', '-', '--log-messages', 'all']);
  assertExit(run, 0);
  assert.equal(run.result.counts.accepted, 5);
  assert.equal(run.result.run.name, 'secret ***');
  const files = readdirSync(run.dir).map((name) => readFileSync(join(run.dir, name), 'utf8'));
  for (const text of [run.stdout, run.stderr, ...files]) assert.doesNotMatch(text, new RegExp(PASSWORD));
  assert.match(JSON.stringify(run.result.scenario), /"pass":"\$\{file:pw\}"/);
});
