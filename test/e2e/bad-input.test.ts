import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { runCli } from '../cli.js';
import { temporaryDir } from '../tmp.js';
import { scenarioFile } from './load-run.js';

const SIDE_BY_SIDE = { concurrency: 2 };

describe('what cannot be run is refused with 104, before anything is written', SIDE_BY_SIDE, () => {
  test('every problem of a scenario file is listed at once, with its place and what to do', async (t) => {
    const file = await scenarioFile(
      t,
      `targt: { url: embedded }
client: { pipelining: atuo }
scenarios:
  peak:
    executor: constant-arrival-rate
    rate: -5
    duration: 10 parsecs
    preAllocatedVUs: many
thresholds:
  smtp_mesage_duration: ["p(99)<250"]
`,
    );
    const stderr = await refused(t, [file]);
    for (const expected of [
      /scenario\.yaml:1:1 targt: .*\n +Did you mean `target`\?/,
      /scenario\.yaml:2:23 client\.pipelining: .*"atuo".*\n +Did you mean `auto`\?/,
      /scenario\.yaml:6:11 scenarios\.peak\.rate: must be above 0/,
      /scenario\.yaml:7:15 scenarios\.peak\.duration: must be a duration/,
      /scenario\.yaml:8:22 scenarios\.peak\.preAllocatedVUs: must be a number, found "many"/,
      /scenario\.yaml:10:\d+ thresholds\.smtp_mesage_duration: .*did you mean smtp_message_duration\?/,
      /6 problems; nothing was run\n$/,
    ]) {
      assert.match(stderr, expected);
    }
    const validated = await runCli(['validate', file]);
    assert.deepEqual([validated.code, validated.stdout, validated.stderr], [104, '', stderr]);
  });

  test('a file of behaviours that the scenario names, with every mistake in it', async (t) => {
    const file = await scenarioFile(t, 'delivery: { expect: sink, sink: { behaviours: receivers.yaml } }');
    await writeFile(
      join(dirname(file), 'receivers.yaml'),
      'behaviours:\n  - { when: { verb: RCTP }, reject: 550 }\n  - { when: { verb: XYZZY }, defer: 550 }\n  - bounce: true\n',
    );
    const stderr = await refused(t, [file]);
    for (const expected of [
      /receivers\.yaml:2:\d+ behaviours\[0\]\.when\.verb: .*"RCTP" \[BEHAVIOUR_VALUE_UNKNOWN\]\n +Did you mean `RCPT`\?/,
      /receivers\.yaml:3:\d+ behaviours\[1\]\.when\.verb: .*"XYZZY".*\n +Known here: `CONNECT`, .*`QUIT`/,
      /receivers\.yaml:4:\d+ behaviours\[2\]\.bounce: .*\n.*`bounceTo`/,
      /3 problems; nothing was run\n$/,
    ]) {
      assert.match(stderr, expected);
    }
    assert.ok(stderr.startsWith(join(dirname(file), 'receivers.yaml:')), 'the place can be opened from here');
    const validated = await runCli(['validate', file]);
    assert.deepEqual([validated.code, validated.stdout, validated.stderr], [104, '', stderr]);
  });

  const files: [string, string, RegExp][] = [
    ['text that is not YAML', 'name: [unclosed', /scenario\.yaml:\d+:\d+.*\[SCENARIO_YAML\]/],
    ['nothing', '', /\[SCENARIO_EMPTY\]/],
    ['a rate nobody can offer', peak({ rate: 1e9 }), /peak\.rate: .*\[SCENARIO_RATE\]/],
    ['more VUs allocated than allowed', peak({ rate: 1, preAllocatedVUs: 9, maxVUs: 3 }), /\[SCENARIO_VUS\]/],
    ['a warm-up that leaves nothing', peak({ rate: 1, warmup: '10s' }), /\[SCENARIO_WARMUP\]/],
    [
      'a target off loopback',
      'target: { url: "smtp://192.0.2.1:25" }',
      /:1:16 .*not loopback.*\n.*--authorized/,
    ],
    ['a target by name', 'target: { url: "smtp://mx.example.org:25" }', /not loopback/],
    ['a recipient somebody may own', 'envelope: { to: a@gmail.com }', /\[SCENARIO_DOMAIN_UNAUTHORIZED\]/],
    ['CR and LF in an address', 'envelope: { from: "a\\r\\nRCPT TO:<x>@example.test" }', /envelope\.from/],
    ['NUL in an address', 'envelope: { to: "a\\0b@example.test" }', /envelope\.to/],
    [
      'CR and LF in a header',
      'messages: [{ template: { text: hi, headers: { X-A: "1\\r\\nBcc: b@example.test" } } }]',
      /X-A.*\[SCENARIO_CONTROL_CHARACTER\]/,
    ],
    [
      'a reference without a value',
      'name: "${NOBODY_SETS_THIS}"',
      /NOBODY_SETS_THIS.*\[SCENARIO_REFERENCE_UNSET\]/,
    ],
    [
      'an attachment that is not there',
      'messages: [{ template: { attachments: [{ path: no.pdf }] } }]',
      /no\.pdf/,
    ],
  ];
  for (const [what, text, expected] of files) {
    test(`a file with ${what}`, async (t) => {
      const file = await scenarioFile(t, text);
      assert.match(await refused(t, [file]), expected);
    });
  }

  const commands: [string, string[], RegExp][] = [
    ['a file that is not there', ['run', 'nosuch.yaml'], /nosuch\.yaml: .*no such file/],
    ['a folder instead of a file', ['run', '.'], /^\.: cannot be read.*folder|directory/],
    ['an unknown command', ['rnu'], /rnu is not a command.*\n.*Did you mean run\?/],
    ['no command', [], /Name a command/],
    ['an unknown flag', ['run', '--vsu', '3'], /--vsu is not a flag.*\n.*Did you mean --vus\?/],
    ['an argument too many', ['run', 'a.yaml', 'b.yaml'], /b\.yaml is one argument too many/],
    ['a flag without its value', ['run', '--iterations'], /iterations/],
    ['a number that is none', ['run', '--iterations', 'ten'], /^--iterations .*"ten"/],
    ['flags that contradict', ['run', '--rate', '5', '--iterations', '5'], /--iterations.*--rate/],
    ['a rate without a duration', ['run', '--rate', '5'], /^--rate.*\n.*--duration/],
    ['a --set without a path', ['run', '--set', 'rate'], /--set/],
    ['a --set for an unknown key', ['run', '--set', 'clinet.ehlo=a.example.test'], /Did you mean `client`/],
    ['workers that are no number', ['run', '--workers', 'all'], /--workers all is not a number/],
    ['a target that is no address', ['run', '--target', 'http://127.0.0.1'], /--target .*http/],
    ['LMTP on port 25', ['run', '--target', 'lmtp://127.0.0.1:25'], /RFC 2033/],
    ['a report of nothing', ['report', 'nosuch'], /nosuch is not the directory of a run/],
  ];
  for (const [what, args, expected] of commands) {
    test(what, async (t) => {
      const cwd = await temporaryDir(t);
      const { code, stdout, stderr } = await runCli(args, { cwd });
      assert.match(stderr, expected);
      assert.deepEqual([code, stdout, readdirSync(cwd)], [104, '', []]);
    });
  }
});

describe('a folder that cannot be written ends with 1 and says so', SIDE_BY_SIDE, () => {
  test('a file in its place', async (t) => {
    const out = join(await temporaryDir(t), 'reports');
    await writeFile(out, '');
    const { code, stderr } = await runCli(['run', '--out', out]);
    assert.equal(code, 1);
    assert.match(stderr, /a part of .*reports.* is a file, not a folder \[RESULT_NOT_A_DIRECTORY\]\n.*--out/);
  });

  test('a file system that takes no folders', async (t) => {
    if (process.platform !== 'linux') return t.skip('there is no /proc');
    const { code, stderr } = await runCli(['run', '--out', '/proc/mailbench/reports']);
    assert.equal(code, 1);
    assert.match(stderr, /^mailbench: \/proc\/mailbench\/reports.*\n.*--out/);
  });
});

function peak(spec: object): string {
  const defaults = { executor: 'constant-arrival-rate', duration: '10s', preAllocatedVUs: 1 };
  return JSON.stringify({ scenarios: { peak: { ...defaults, ...spec } } });
}

/** Asserts that a run is refused without a trace, and returns what it said. */
async function refused(t: TestContext, args: readonly string[]): Promise<string> {
  const out = await temporaryDir(t);
  const { code, stdout, stderr } = await runCli(['run', ...args, '--out', out]);
  assert.deepEqual([code, stdout, readdirSync(out)], [104, '', []], stderr);
  assert.match(stderr, /nothing was run\n$/);
  return stderr;
}
