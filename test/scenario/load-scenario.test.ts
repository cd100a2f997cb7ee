import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { stringify } from 'yaml';
import { ScenarioError } from '#src/errors.js';
import { loadScenario } from '#src/scenario/load-scenario.js';
import { EXECUTORS } from '#src/scenario/schema/schema.js';
import { load, places, problem, problems } from './load.js';

const nothing = { flags: {}, env: {}, drawSeed: () => 42 };
const folder = fileURLToPath(new URL('../../scenarios/', import.meta.url));

test('every published scenario loads as it stands', () => {
  const files = readdirSync(folder).filter((name) => name.endsWith('.yaml'));
  assert.ok(files.length >= 2);
  for (const name of files)
    assert.doesNotThrow(() => loadScenario({ ...nothing, file: `${folder}${name}` }), name);
});

test('quick.yaml needs less than 15 s of load, against the embedded server', () => {
  const { scenario } = loadScenario({ ...nothing, file: `${folder}quick.yaml` });
  const durationsMs = Object.values(scenario.scenarios).map((spec) =>
    'durationMs' in spec ? spec.startTimeMs + spec.durationMs : Number.POSITIVE_INFINITY,
  );
  assert.ok(Math.max(...durationsMs) < 15_000);
  assert.equal(scenario.target.isEmbedded, true);
});

test('a file that is not there, is a directory, is not text or holds nothing is told apart', () => {
  assert.equal(codeOf('/nonexistent/x.yaml'), 'SCENARIO_FILE_UNREADABLE');
  assert.equal(codeOf(folder), 'SCENARIO_FILE_UNREADABLE');
  assert.equal(codeOf('x\0y'), 'SCENARIO_FILE_UNREADABLE');
  assert.equal(problem('').code, 'SCENARIO_EMPTY');
  assert.equal(problem('# only a comment\n').code, 'SCENARIO_EMPTY');
  assert.equal(problem(`name: ${'x'.repeat(1024 * 1024)}`).code, 'SCENARIO_FILE_TOO_LARGE');
});

test('a file that is not UTF-8 is refused', () => {
  assert.equal(
    problem(Buffer.from([0x6e, 0x61, 0x6d, 0x65, 0x3a, 0x20, 0xe9])).code,
    'SCENARIO_FILE_ENCODING',
  );
});

test('the name is that of the file unless it is given', () => {
  assert.equal(load('seed: 1').scenario.name, 's');
  assert.equal(load('name: peak').scenario.name, 'peak');
  assert.equal(load(null).scenario.name, 'ad-hoc');
});

test('the seed is drawn only when nobody gave one', () => {
  let draws = 0;
  const drawSeed = () => {
    draws += 1;
    return 7;
  };
  assert.equal(loadScenario({ ...nothing, drawSeed }).scenario.seed, 7);
  assert.equal(loadScenario({ ...nothing, flags: { seed: 0 }, drawSeed }).scenario.seed, 0);
  assert.equal(draws, 1);
});

test('what is returned is frozen to its leaves and survives JSON', () => {
  const loaded = load('envelope: { to: { domains: { a.test: 1 } } }\nthresholds: { checks: ["rate>0.9"] }');
  const visit = (value: unknown, path: string): void => {
    if (typeof value !== 'object' || value === null) return;
    assert.ok(Object.isFrozen(value), path);
    for (const [key, item] of Object.entries(value)) visit(item, `${path}.${key}`);
  };
  visit(loaded, 'loaded');
  assert.deepEqual(JSON.parse(JSON.stringify(loaded.scenario)), loaded.scenario);
});

test('a password or token in plain text to a server off loopback is warned about', () => {
  const text = (mode: string, host: string) =>
    `target: { url: "smtp://${host}", authorized: true, tls: { mode: ${mode} }, auth: { user: a, pass: b, allowPlaintext: true } }`;
  assert.match(load(text('none', '192.0.2.1')).warnings[0] ?? '', /^The password goes .* plain text/);
  const token = text('none', '192.0.2.1').replace('user: a, pass: b', 'method: xoauth2, user: a, token: b');
  assert.match(load(token).warnings[0] ?? '', /^The token goes .* plain text/);
  assert.match(
    load(text('opportunistic', '192.0.2.1')).warnings[0] ?? '',
    /^The password may go .* plain text/,
  );
  assert.match(load(text('starttls, share: 0.5', '192.0.2.1')).warnings[0] ?? '', /^The password may go/);
  assert.deepEqual(load(text('starttls', '192.0.2.1')).warnings, []);
  assert.deepEqual(load(text('none', '127.0.0.1')).warnings, []);
});

test('problems of file, environment and flags are listed together, the file first', () => {
  const around = {
    env: { MAILBENCH_PIPELINING: 'fast' },
    flags: { set: ['seed=x', 'nonsense'], tag: ['y'] },
  };
  assert.deepEqual(places('nam: x\nname: ${NOPE}\n', around), [
    's.yaml:1:1 nam SCENARIO_KEY_UNKNOWN',
    's.yaml:2:7 name SCENARIO_REFERENCE_UNSET',
    '--set  SCENARIO_SET_MALFORMED',
    '--tag  SCENARIO_SET_MALFORMED',
    '--set seed seed SCENARIO_TYPE',
    'MAILBENCH_PIPELINING client.pipelining SCENARIO_VALUE_UNKNOWN',
  ]);
});

test('a broken reference, and a file of behaviours that is not there, have their places', () => {
  const text = 'name: "${1}"\ndelivery: { expect: sink, sink: { behaviours: no.yaml } }\n';
  assert.deepEqual(places(text), ['s.yaml:1:7 name SCENARIO_REFERENCE_MALFORMED']);
  assert.deepEqual(places(text.replace('"${1}"', 'x')), [
    's.yaml:2:47 delivery.sink.behaviours SCENARIO_BEHAVIOURS_FILE',
  ]);
});

test('a secret stands in no problem', () => {
  const texts = [
    'target: { url: "smtp://alice:hunter22@mail.acme.com:99999" }',
    'target: { url: "smtp://alice:hunter22@mail.acme.com" }',
    'target: { url: "smtp://alice:hunter22@h/x" }',
    'target: { auth: { user: a, pass: hunter22, pas: hunter22 } }\nname: [hunter22]\nclient: { pipelining: hunter22 }',
  ];
  for (const text of texts) {
    const found = problems(text);
    assert.ok(found.length > 0, text);
    assert.doesNotMatch(JSON.stringify(found), /hunter22/, text);
  }
  const flags = {
    tag: ['hunter22'],
    set: ['tags.hunter22=[]', 'target.auth.pass=hunter22', 'target.auth.user=u'],
  };
  assert.doesNotMatch(JSON.stringify(problems('name: x', { flags })), /hunter22/);
  const env = { API_TOKEN: 'hunter22' };
  assert.doesNotMatch(
    JSON.stringify(problems('client: { pipelining: "${API_TOKEN}" }', { env })),
    /hunter22/,
  );
});

/** Values that are sometimes right: random ones are refused at the first level and reach nothing. */
const scalar = fc.oneof(
  fc.constantFrom(
    '1s',
    '10s',
    '2m',
    '12KiB',
    'none',
    'starttls',
    'implicit',
    'off',
    'unlimited',
    'rfc5321',
    'session',
  ),
  fc.constantFrom(
    'accepted',
    'rejected',
    'poisson',
    'rate<0.1',
    'p(95)<5',
    'embedded',
    'smtp://localhost',
    '${X}',
  ),
  fc.constantFrom(
    'smtp+mx://a.test',
    'nodemailer',
    'CONTENT',
    'quit',
    'external',
    '127.0.0.1:53',
    's.yaml',
    'NOOP',
  ),
  fc.constantFrom(
    'u{{n}}@{{domain}}',
    'a@b.test',
    'a@acme.com',
    '{{x}}',
    'smtps://u:p@h:1',
    'a\r\nb',
    'x\0',
    '',
  ),
  fc.constantFrom(...Object.keys(EXECUTORS)),
  fc.integer({ min: -3, max: 2000 }),
  fc.double(),
  fc.boolean(),
  fc.constant(null),
  fc.string(),
);
const key = fc.oneof(
  fc.constantFrom(
    'name',
    'seed',
    'tags',
    'target',
    'client',
    'messages',
    'envelope',
    'scenarios',
    'thresholds',
  ),
  fc.constantFrom(
    'url',
    'tls',
    'mode',
    'verify',
    'fallback',
    'auth',
    'user',
    'pass',
    'method',
    'authorized',
    'ehlo',
  ),
  fc.constantFrom(
    'pipelining',
    'messagesPerSession',
    'timeouts',
    'reconnectDelay',
    'first',
    'min',
    'max',
    'quit',
  ),
  fc.constantFrom(
    'weight',
    'size',
    'template',
    'expect',
    'subject',
    'text',
    'headers',
    'attachments',
    'path',
  ),
  fc.constantFrom(
    'urls',
    'smtp://localhost',
    'dns',
    'servers',
    'ca',
    'cert',
    'key',
    'users',
    'token',
    'requireTls',
  ),
  fc.constantFrom(
    'window',
    'chunking',
    'steps',
    'bodyRate',
    'thinkTime',
    'abandon',
    'phase',
    'when',
    'how',
    'kind',
  ),
  fc.constantFrom(
    'xclient',
    'proxy',
    'source',
    'destination',
    'version',
    'sourceAddresses',
    'retries',
    'idle',
  ),
  fc.constantFrom(
    'dsn',
    'envid',
    'orcpt',
    'deliverBy',
    'seconds',
    'prdr',
    'mailParameters',
    'iteration',
    'NAME',
  ),
  fc.constantFrom('from', 'to', 'address', 'domains', 'users', 'perMessage', 'code', 'class', 'enhanced'),
  fc.constantFrom('executor', 'vus', 'iterations', 'duration', 'rate', 'maxVUs', 'preAllocatedVUs', 'warmup'),
  fc.constantFrom(
    'checks',
    'smtp_messages{outcome:accepted}',
    'threshold',
    'iteration',
    '__proto__',
    'constructor',
  ),
  fc.string({ maxLength: 6 }),
);
const { value } = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    scalar,
    fc.array(tie('value'), { maxLength: 2 }),
    fc.dictionary(key, tie('value'), { maxKeys: 4 }),
  ),
}));
/** Maps under the right keys, so that the insides are reached. */
const section = fc.dictionary(key, value, { maxKeys: 4 });
const deepSection = fc.dictionary(key, fc.oneof(value, section), { maxKeys: 4 });
const document = fc.record(
  {
    target: deepSection,
    client: deepSection,
    messages: fc.array(section, { maxLength: 2 }),
    envelope: fc.record(
      { from: value, to: fc.oneof(value, section, fc.array(section, { maxLength: 2 })) },
      { requiredKeys: [] },
    ),
    scenarios: fc.dictionary(fc.constantFrom('a', 'b', 'c d'), section, { maxKeys: 2 }),
    thresholds: section,
    tags: section,
    extra: value,
  },
  { requiredKeys: [] },
);

function throwsNothingElse(text: string, set: readonly string[] = []): void {
  try {
    const loaded = load(text, { flags: { set }, env: { X: '1s' } });
    assert.equal(typeof loaded.scenario.seed, 'number');
  } catch (error) {
    if (!(error instanceof ScenarioError)) throw error;
    assert.ok(error.problems.length > 0);
    for (const { message, where } of error.problems) assert.ok(message !== '' && where !== '', text);
  }
}

test('whatever is in the file, it loads or ends in a ScenarioError with at least one placed problem', () => {
  fc.assert(
    fc.property(fc.oneof(document, value), (tree) => throwsNothingElse(stringify(tree))),
    { numRuns: 2000, seed: 11 },
  );
});

test('whatever the text is, it loads or ends in a ScenarioError', () => {
  const pieces = fc.constantFrom(
    ...[
      'name',
      ': ',
      '\n',
      '  ',
      '- ',
      '[',
      ']',
      '{',
      '}',
      '"',
      "'",
      '&a',
      '*a',
      '!x',
      '? ',
      '|',
      '>',
      '#',
      '%',
      '---',
    ],
    ...['${X}', '${', 'target', 'url', ',', '\t', '\0', '\u2028', '<<', 'é', '1', 'scenarios'],
  );
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 30 }), (parts) => throwsNothingElse(parts.join(''))),
    { numRuns: 1000, seed: 12 },
  );
});

test('whatever --set says, it loads or ends in a ScenarioError', () => {
  const step = fc.oneof(key, fc.constantFrom('[0]', '[9]', '["a.b"]', '0'));
  const set = fc
    .tuple(
      fc.array(step, { maxLength: 4 }),
      fc.oneof(
        scalar.map(String),
        value.map((tree) => JSON.stringify(tree)),
      ),
    )
    .map(([path, text]) => `${path.join('.').replaceAll('.[', '[')}=${text}`);
  fc.assert(
    fc.property(fc.array(set, { maxLength: 3 }), (sets) =>
      throwsNothingElse(
        'messages: [{ size: 1KiB }]\nscenarios: { a: { executor: shared-iterations } }',
        sets,
      ),
    ),
    { numRuns: 500, seed: 13 },
  );
});

function codeOf(file: string): string {
  try {
    loadScenario({ ...nothing, file });
  } catch (error) {
    if (error instanceof ScenarioError) return error.code;
    throw error;
  }
  return 'loaded';
}
