import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { loadScenario } from '#src/scenario/load-scenario.js';
import { temporaryDir } from '../tmp.js';
import { load, problem, problems } from './load.js';

const scenario = (pass: string) => `target:
  url: smtps://localhost
  auth:
    user: alice
    pass: ${pass}
`;

/** The password that a scenario with this file ends up with. */
function passwordIn(content: string | Buffer, pass = '${file:secrets/smtp}'): string | undefined {
  const { scenario: loaded } = load(scenario(pass), { files: { 'secrets/smtp': content } });
  return loaded.target.auth?.users[0]?.pass;
}

test('a password comes from a file beside the scenario, without the line end at its end', () => {
  assert.equal(passwordIn('open sesame'), 'open sesame');
  assert.equal(passwordIn('open sesame\n'), 'open sesame');
  assert.equal(passwordIn('open sesame\r\n'), 'open sesame');
  assert.equal(passwordIn(' open sesame \n'), ' open sesame ');
  assert.equal(passwordIn('\ufeffopen'), 'open', 'a byte order mark is no part of it');
  assert.equal(passwordIn('sesame', '"${file:secrets/smtp}-${file:secrets/smtp}"'), 'sesame-sesame');
});

test('what looks like a number, or like a reference, is text', () => {
  assert.equal(passwordIn('00123\n'), '00123');
  assert.equal(passwordIn('true'), 'true');
  assert.equal(passwordIn('${HOME}'), '${HOME}');
  const number = 'scenarios:\n  a:\n    executor: constant-vus\n    duration: 1s\n    vus: ${file:n}\n';
  const found = problem(number, { files: { n: '7' } });
  assert.deepEqual([found.code, found.path], ['SCENARIO_TYPE', 'scenarios.a.vus']);
});

test('it is stored as its reference, and is a secret wherever it stands', () => {
  const files = { 'pw.txt': 'open sésame\n' };
  const { display, secrets } = load(scenario('${file:pw.txt}'), { files });
  assert.equal((display.target as { auth: { pass: string } }).auth.pass, '${file:pw.txt}');
  assert.deepEqual(secrets, ['open sésame', 'open%20s%C3%A9same']);
  const elsewhere = load('name: "run of ${file:pw.txt}"\ntags: { a: "b ${file:pw.txt}" }', { files });
  assert.equal(elsewhere.scenario.name, 'run of ***');
  assert.equal(elsewhere.explain().find(({ path }) => path === 'name')?.value, 'run of ${file:pw.txt}');
  assert.doesNotMatch(JSON.stringify([elsewhere.display, elsewhere.explain()]), /sésame/);
});

test('a file that cannot be a secret is a problem with its place, that quotes nothing of it', () => {
  const cases: [content: string | Buffer, message: RegExp][] = [
    ['', /is empty/],
    ['\n', /is empty/],
    ['open\u0000sesame', /holds a NUL/],
    [Buffer.from('s\xe9same', 'latin1'), /is not UTF-8 text/],
    ['sesame'.repeat(11_000), /is 66000 bytes, too large/],
  ];
  for (const [content, message] of cases) {
    const found = problem(scenario('${file:pw}'), { files: { pw: content } });
    assert.deepEqual(
      [found.code, found.where, found.path],
      ['SCENARIO_REFERENCE_FILE', 's.yaml:5:11', 'target.auth.pass'],
    );
    assert.match(found.message, message);
    assert.doesNotMatch(found.message + found.hint, /s.same/);
    assert.match(found.message, /^needs the file pw, which /);
  }
});

test('so is one that is not there, a directory, or no regular file', () => {
  const messageOf = (path: string) =>
    problem(scenario(`\${file:${path}}`), { files: { 'dir/x': '' } }).message;
  assert.match(messageOf('missing'), /cannot be read: .*missing \(ENOENT\)/);
  assert.match(messageOf('dir'), /is no regular file/);
  assert.match(messageOf('/dev/zero'), /is no regular file/);
});

test('all of them are listed, among other problems, each with what to do', () => {
  const text = `${scenario('${file:a}')}tags: { t: "\${file:b}" }\nnmae: x\n`;
  const found = problems(text);
  assert.deepEqual(
    found.map(({ code, where }) => [code, where]),
    [
      ['SCENARIO_REFERENCE_FILE', 's.yaml:5:11'],
      ['SCENARIO_REFERENCE_FILE', 's.yaml:6:12'],
      ['SCENARIO_KEY_UNKNOWN', 's.yaml:7:1'],
    ],
  );
  assert.ok(found.every(({ hint }) => hint !== undefined));
});

test('--set reads files beside the scenario too, and in the working folder without one', async (t) => {
  const folder = await temporaryDir(t);
  for (const [name, content] of Object.entries({ 'a/s.yaml': '{}', 'a/tag': 'beside', tag: 'here' })) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
  const before = process.cwd();
  process.chdir(folder);
  t.after(() => process.chdir(before));
  const tagOf = (file: string | undefined) => {
    const flags = { set: ['messages=[{template: {subject: s, text: "${file:tag}"}}]'] };
    const { secrets } = loadScenario({ file, flags, env: {}, drawSeed: () => 1 });
    return secrets;
  };
  assert.deepEqual(tagOf('a/s.yaml'), ['beside']);
  assert.deepEqual(tagOf(undefined), ['here']);
});
