/** What a run stores of its scenario, loaded again: the same scenario, whatever was in it. */
import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { ScenarioError } from '#src/errors.js';
import { type LoadedScenario, loadScenario } from '#src/scenario/load-scenario.js';
import { around } from '../docs/around.js';
import { codeBlocks } from '../docs/markdown.js';
import { temporaryDir } from '../tmp.js';

const root = new URL('../../', import.meta.url);
const SECRET = { SMTP_PASS: 'open-sesame' };

test('every scenario of the library and of the documentation comes back as it was', async (t) => {
  const folder = await temporaryDir(t);
  for (const [name, content] of Object.entries(around.files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
  let count = 0;
  for (const { place, text } of texts()) {
    const file = join(folder, 's.yaml');
    writeFileSync(file, text);
    const first = loadScenario({ file, flags: {}, env: SECRET, drawSeed: () => 7 });
    // Secrets that were not stored are told below.
    if (JSON.stringify(first.display).includes('***')) continue;
    assert.deepEqual(again(first, folder).scenario, first.scenario, place);
    count += 1;
  }
  assert.ok(count > 20, `only ${count} of them`);
});

test('values from flags and the environment are in it, and MAILBENCH_ variables of now are passed over', () => {
  const flags = { rate: '7', duration: '3s', size: '5KiB', tag: ['a=1'], set: ['client.rset=true'] };
  const first = loadScenario({ flags, env: { MAILBENCH_PIPELINING: 'off' }, drawSeed: () => 7 });
  const second = again(first, '.', { MAILBENCH_PIPELINING: 'coalesced', MAILBENCH_SEED: '9' });
  assert.deepEqual(second.scenario, first.scenario);
  assert.deepEqual([second.scenario.seed, second.scenario.client.pipelining], [7, 'off']);
});

test('references are resolved anew, also one that came to a number, and one that only looks like it', () => {
  const set = ['scenarios.default.iterations=${N:-5}', 'tags.a="${TAG:-07}"', 'name=$${N}'];
  const flags = { set: ['scenarios.default={executor: shared-iterations}', ...set] };
  const first = loadScenario({ flags, env: {}, drawSeed: () => 7 });
  const same = again(first, '.').scenario;
  assert.deepEqual(same, first.scenario);
  assert.deepEqual([same.tags.a, same.name], ['07', '${N}']);
  const other = again(first, '.', { N: '9' }).scenario.scenarios.default;
  assert.equal(other?.executor === 'shared-iterations' && other.iterations, 9);
});

test('a secret that was not stored has to be given again', () => {
  const target = 'target={url: smtps://localhost, auth: {user: alice, pass: open-sesame}}';
  const first = loadScenario({ flags: { set: [target] }, env: {}, drawSeed: () => 7 });
  assert.deepEqual(faults(first), [['SCENARIO_SECRET_NOT_STORED', 'target.auth.pass']]);
  const given = again(first, '.', SECRET, ['target.auth.pass=${SMTP_PASS}']);
  assert.deepEqual(given.scenario, first.scenario);
});

test('so does one in the URL, and one that is the default of a reference', () => {
  const inUrl = loadScenario({
    flags: { target: 'smtps://alice:open-sesame@localhost' },
    env: {},
    drawSeed: () => 7,
  });
  assert.deepEqual(
    faults(inUrl)
      .map(([, path]) => path)
      .sort(),
    ['target.auth.pass', 'target.auth.user'],
  );
  const given = again(inUrl, '.', SECRET, ['target.auth.user=alice', 'target.auth.pass=${SMTP_PASS}']);
  assert.deepEqual(given.scenario.target.auth, inUrl.scenario.target.auth);
  const target = 'target={url: smtps://localhost, auth: {user: alice, pass: "${SMTP_PASS:-open-sesame}"}}';
  const byDefault = loadScenario({ flags: { set: [target] }, env: {}, drawSeed: () => 7 });
  assert.deepEqual(faults(byDefault), [['SCENARIO_SECRET_NOT_STORED', 'target.auth.pass']]);
  assert.deepEqual(again(byDefault, '.', SECRET).scenario, byDefault.scenario);
});

test('a masked tag is no reason to refuse', () => {
  const target = 'target={url: smtps://localhost, auth: {user: alice, pass: "${SMTP_PASS}"}}';
  const first = loadScenario({
    flags: { set: [target], tag: ['a=open-sesame'] },
    env: SECRET,
    drawSeed: () => 7,
  });
  assert.equal(again(first, '.', SECRET).scenario.tags.a, '***');
});

test('the files of a scenario are told with digests, but for those that hold secrets', async (t) => {
  const folder = await temporaryDir(t);
  for (const [name, content] of Object.entries({
    'a.txt': 'abc',
    pw: 'open-sesame',
    'u.csv': 'user,pass\na,b\n',
  }))
    writeFileSync(join(folder, name), content);
  const target = { url: 'smtps://localhost', auth: { users: 'u.csv' } };
  const text = { subject: 's', text: '${file:pw}', attachments: [{ path: 'a.txt' }] };
  writeFileSync(join(folder, 's.yaml'), JSON.stringify({ target, messages: [{ template: text }] }));
  const { files } = loadScenario({ file: join(folder, 's.yaml'), flags: {}, env: {}, drawSeed: () => 7 });
  const sha256 = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';
  assert.deepEqual(files, [{ path: join(folder, 'a.txt'), sha256 }]);
});

/** Through JSON, as a journal keeps it. */
function again(
  { display, explain }: LoadedScenario,
  folder: string,
  env: Readonly<Record<string, string>> = SECRET,
  set: readonly string[] = [],
): LoadedScenario {
  const typed = explain().filter(({ reference, value }) => reference !== '' && typeof value !== 'string');
  const words = JSON.parse(JSON.stringify(display)) as Record<string, unknown>;
  const stored = { words, label: 'run r', typed: typed.map(({ path }) => path), folder };
  return loadScenario({ stored, flags: { set }, env, drawSeed: () => assert.fail('it has a seed') });
}

function faults(first: LoadedScenario): (readonly [string, string])[] {
  try {
    again(first, '.', {});
    return [];
  } catch (error) {
    assert.ok(error instanceof ScenarioError);
    return error.problems.map(({ code, path }) => [code, path] as const);
  }
}

function texts(): { readonly place: string; readonly text: string }[] {
  const library = readdirSync(new URL('scenarios/', root)).filter((name) => name.endsWith('.yaml'));
  const pages = ['README.md', ...readdirSync(new URL('docs/', root)).filter((name) => name.endsWith('.md'))];
  return [
    ...library.map((name) => ({
      place: name,
      text: readFileSync(new URL(`scenarios/${name}`, root), 'utf8'),
    })),
    ...pages.flatMap((page) => {
      const path = page === 'README.md' ? page : `docs/${page}`;
      const blocks = codeBlocks(readFileSync(new URL(path, root), 'utf8')).filter(
        ({ info }) => info === 'yaml',
      );
      return blocks.map(({ line, text }) => ({ place: `${path}:${line}`, text }));
    }),
  ];
}
