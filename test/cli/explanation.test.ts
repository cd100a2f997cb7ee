import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import pc from 'picocolors';
import { renderExplanation } from '#src/cli/explanation.js';
import { columns } from '#src/report/terminal.js';
import type { ExplainedValue } from '#src/scenario/explain.js';
import { runCli } from '../cli.js';
import { temporaryDir } from '../tmp.js';

const colors = pc.createColors(false);
const base = { reference: '', unset: [] };
const values: readonly ExplainedValue[] = [
  { ...base, path: 'name', value: 'peak', source: 'file', where: 'a/peak.yaml:1:7' },
  { ...base, path: 'client.timeouts.connect', value: '10s', source: 'default', where: '' },
  {
    path: 'scenarios.peak.rate',
    value: 50,
    source: 'file',
    where: 'a/peak.yaml:4:11',
    reference: '${RATE:-50}',
    unset: ['RATE'],
  },
  { ...base, path: 'envelope.from', value: '', source: 'set', where: '--set envelope.from' },
];

describe('an explanation', () => {
  test('is a table where there is room, with the name of the file told once', () => {
    assert.deepEqual(renderExplanation({ file: 'a/peak.yaml', values }, { colors, width: 80 }).split('\n'), [
      'a/peak.yaml',
      'name                     peak  peak.yaml:1:7',
      'client.timeouts.connect  10s   default',
      'scenarios.peak.rate      50    peak.yaml:4:11',
      '                         from ${RATE:-50}, RATE is not set',
      'envelope.from            ""    --set envelope.from',
      '',
    ]);
  });

  test('has each place below its value where there is not', () => {
    assert.deepEqual(renderExplanation({ file: 'a/peak.yaml', values }, { colors, width: 44 }).split('\n'), [
      'a/peak.yaml',
      'name: peak',
      '    peak.yaml:1:7',
      'client.timeouts.connect: 10s',
      'scenarios.peak.rate: 50',
      '    peak.yaml:4:11',
      '    from ${RATE:-50}, RATE is not set',
      'envelope.from: ""',
      '    --set envelope.from',
      'Values without a place are defaults.',
      '',
    ]);
  });

  test('cuts long values and never acts on the terminal', () => {
    const value = `${'x'.repeat(500)}\u001b[31m\n`;
    const hostile = [...values, { ...values[0]!, path: '\u009b2J', value, where: '--set \u202e' }];
    for (const width of [44, 80, 120]) {
      const text = renderExplanation({ file: '\u001b]0;x', values: hostile }, { colors, width });
      assert.doesNotMatch(text, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/);
      assert.deepEqual(
        text.split('\n').filter((line) => columns(line) > width),
        [],
      );
    }
  });
});

describe('--explain', { concurrency: 2 }, () => {
  test('of run prints and runs nothing', async (t) => {
    const cwd = await temporaryDir(t);
    const { code, stdout, stderr } = await runCli(['run', '--explain', '--rate', '5', '--duration', '1s'], {
      cwd,
    });
    assert.deepEqual([code, stderr, existsSync(join(cwd, 'reports'))], [0, '', false]);
    assert.match(stdout, /^scenarios\.default\.rate +5 +--rate$/m);
  });

  test('of validate does the same for each file, as JSON where asked', async () => {
    const files = ['scenarios/quick.yaml', 'scenarios/smoke.yaml'];
    const table = await runCli(['validate', ...files, '--explain']);
    assert.equal(table.code, 0);
    for (const file of files) assert.match(table.stdout, new RegExp(`^${file}$`, 'm'));
    const { stdout } = await runCli(['validate', files[0]!, '--explain', '--json', '--set', 'seed=7']);
    const { v, file, values: rows } = JSON.parse(stdout);
    assert.deepEqual([v, file], [1, files[0]]);
    const seed = rows.find(({ path }: ExplainedValue) => path === 'seed');
    assert.deepEqual(seed, { ...base, path: 'seed', value: 7, source: 'set', where: '--set seed' });
  });

  test('of a scenario that cannot be used tells its problems instead', async () => {
    const { code, stdout, stderr } = await runCli(['run', '--explain', '--set', 'nmae=x']);
    assert.deepEqual([code, stdout], [104, '']);
    assert.match(stderr, /did you mean|Did you mean/);
  });

  test('--json without it is a mistake', async () => {
    const { code, stderr } = await runCli(['validate', 'scenarios/quick.yaml', '--json']);
    assert.equal(code, 104);
    assert.match(stderr, /json -> explain/);
  });
});
