import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { BehaviourError } from '#src/errors.js';
import { BEHAVIOUR_PROBLEM_CODES } from '#src/sink/behaviours/problem-codes.js';
import { load, places, problems } from './behave.js';

test('every problem is listed at once, in the order of the file, each with its place', () => {
  const text = `seed: x
behaviours:
  - name: full
    when: { verb: RCTP, recipent: "user7@*" }
    reject: { code: 552, enhanced: 4.2.2 }
  - name: full
    when: { verb: RCPT }
    reject: { code: 552, enhanced: 4.2.2 }
  - name: full
    when: { verb: MAIL, domain: x.test }
    delay: 10 s
    loose: true
`;
  assert.deepEqual(places(text), [
    'b.yaml:1:7 seed BEHAVIOUR_TYPE',
    'b.yaml:4:19 behaviours[0].when.verb BEHAVIOUR_VALUE_UNKNOWN',
    'b.yaml:4:25 behaviours[0].when.recipent BEHAVIOUR_KEY_UNKNOWN',
    'b.yaml:8:13 behaviours[1].reject BEHAVIOUR_REPLY',
    'b.yaml:11:12 behaviours[2].delay BEHAVIOUR_FORMAT',
    'b.yaml:12:5 behaviours[2].loose BEHAVIOUR_KEY_UNKNOWN',
  ]);
});

test('an unknown key, verb or profile is told what was meant', () => {
  const hints = (text: string) => problems(text).map(({ hint }) => hint);
  assert.deepEqual(hints('behaviours: [{ when: { recipent: x, verb: RCPT }, delay: 1s }]'), [
    'Did you mean `recipient`?',
  ]);
  assert.deepEqual(hints('behaviours: [{ greylist: { dealy: 5s, delay: 5s } }]'), ['Did you mean `delay`?']);
  assert.deepEqual(hints('behaviours: [{ when: { verb: RCTP }, delay: 1s }]'), ['Did you mean `RCPT`?']);
  const profiles = { gmail: '', outlook: '' };
  assert.deepEqual(
    problems('profile: gmial', { profiles }).map(({ where, code, hint }) => [where, code, hint]),
    [['b.yaml:1:10', 'BEHAVIOUR_PROFILE', 'Did you mean `gmail`?']],
  );
});

test('broken YAML is placed', () => {
  assert.deepEqual(places('behaviours: [1\nx: 2'), ['b.yaml:2:1  BEHAVIOUR_YAML']);
  assert.deepEqual(places('seed: 1\nseed: 2'), ['b.yaml:2:1  BEHAVIOUR_YAML']);
});

test('a text without values has no behaviours', () => {
  for (const text of ['', '# nothing\n', '{}', 'behaviours: []']) {
    assert.deepEqual(load(text).behaviours, [], JSON.stringify(text));
  }
});

test("the file's seed overrides the command line's", () => {
  assert.equal(load('seed: 99').seed, 99);
});

test("a profile's behaviours come after the file's own, under its name", () => {
  const profiles = { gmail: 'behaviours: [{ name: slow, when: { verb: MAIL }, delay: 1s }]' };
  const names = (text: string, profile: string | null) =>
    load(text, { profiles, profile }).behaviours.map(({ name }) => name);
  const own = 'behaviours: [{ name: slow, when: { verb: RCPT }, delay: 1s }]';
  assert.deepEqual(names(`profile: gmail\n${own}`, null), ['slow', 'gmail/slow']);
  assert.deepEqual(names(own, 'gmail'), ['slow', 'gmail/slow']);
  assert.deepEqual(names('', 'gmail'), ['gmail/slow']);
});

test('a problem in a profile names the profile', () => {
  const profiles = { own: 'behaviours:\n  - { when: { verb: MAIL }, delay: 1 s }' };
  assert.deepEqual(places('profile: own', { profiles }), [
    'profile own:2:36 behaviours[0].delay BEHAVIOUR_FORMAT',
  ]);
});

test('authentication may be asked for where the file says whom to ask, and in profiles', () => {
  const asking = 'behaviours: [{ when: { verb: MAIL, authentication: { spf: fail } }, defer: 450 }]';
  assert.equal(places(asking).length, 1);
  assert.deepEqual(load(`dns: 127.0.0.1:5353\n${asking}`).names, { dns: '127.0.0.1:5353', zone: null });
  assert.deepEqual(places('profile: gmail', { profiles: { gmail: asking } }), []);
});

test('a profile that nobody knows is refused also where the command line names it', () => {
  assert.deepEqual(places('', { profile: 'x', profiles: { gmail: '' } }), [' profile BEHAVIOUR_PROFILE']);
});

test('names are made from what the behaviour does and where it stands', () => {
  const text =
    'behaviours: [{ when: { verb: RCPT }, reject: 550 }, { lose: true }, { when: { verb: RCPT }, delay: 1s }]';
  assert.deepEqual(
    load(text).behaviours.map(({ name }) => name),
    ['reject-1', 'lose-2', 'delay-3'],
  );
});

test('a list of up to thousands of numbers loads, and duplicates of verbs count once', () => {
  const numbers = Array.from({ length: 10_000 }, (_, at) => at * 2);
  const [first] = load(`behaviours: [{ when: { numbers: [${numbers}] }, lose: true }]`).behaviours;
  assert.equal(first?.conditions.numbers?.length, 10_000);
  const [second] = load('behaviours: [{ when: { verb: [RCPT, RCPT] }, delay: 1s }]').behaviours;
  assert.deepEqual(second?.verbs, ['RCPT']);
});

test('a name that every object has is refused: it could not be counted by', () => {
  for (const name of ['__proto__', 'constructor', 'toString']) {
    assert.throws(
      () => load(`behaviours:\n  - { name: ${name}, when: { verb: MAIL }, defer: 450 }\n`),
      BehaviourError,
    );
  }
});

test('whatever the text is, it loads or ends in a BehaviourError with at least one problem', () => {
  const words = fc.constantFrom(
    ...[
      'behaviours:',
      ' - ',
      'when: ',
      '{',
      '}',
      '[',
      ']',
      'verb: RCPT',
      'reject: ',
      '550',
      ', ',
      '\n',
      '&a ',
      '*a',
    ],
    ...[
      'throttle: ',
      'delay: ',
      'lognormal: ',
      'null',
      'chance: ',
      '10%',
      '"',
      'addresses: true',
      'close: true',
    ],
  );
  fc.assert(
    fc.property(fc.array(words, { maxLength: 30 }), (parts) => {
      try {
        load(parts.join(''));
      } catch (error) {
        assert.ok(error instanceof BehaviourError && error.problems.length > 0, String(error));
        for (const { code } of error.problems) assert.ok(Object.hasOwn(BEHAVIOUR_PROBLEM_CODES, code), code);
      }
    }),
    { numRuns: 2000 },
  );
});
