import assert from 'node:assert/strict';
import { test } from 'node:test';
import { secretValuesIn, shownReference, substitute } from '#src/yaml/references.js';

const env = { HOST: 'mail.example.test', EMPTY: '', API_TOKEN: 'tok', NESTED: '${HOST}' };

const files: Readonly<Record<string, string>> = { 'run/pass': 'open sesame', '../x y': '${HOST}' };
const fault = { message: 'is not there', hint: 'Make it.' };
const sources = { env, readFile: (path: string) => files[path] ?? fault };

test('text without a reference is left alone', () => {
  assert.equal(substitute('plain $HOST {HOST} $', sources), null);
});

test('references are replaced inside text, with defaults for what is unset or empty', () => {
  const text = (source: string) => substitute(source, sources)?.text;
  assert.equal(text('smtp://${HOST}:25'), 'smtp://mail.example.test:25');
  assert.equal(text('${NOPE:-a}${EMPTY:-b}${HOST:-c}'), 'abmail.example.test');
  assert.equal(text('${NOPE:-}'), '');
  assert.equal(text('${EMPTY}'), '');
  assert.equal(text('$${HOST}'), '${HOST}');
});

test('a value from the environment is not looked at again', () => {
  assert.deepEqual(substitute('${NESTED}', sources), { text: '${HOST}', hasFile: false, problems: [] });
});

test('an unset name and a malformed reference are problems', () => {
  assert.deepEqual(substitute('${NOPE} ${ALSO}', sources)?.problems, [
    { kind: 'unset', name: 'NOPE' },
    { kind: 'unset', name: 'ALSO' },
  ]);
  for (const source of ['${1}', '${}', '${a b}', '${HOST', '${HOST:x}']) {
    assert.equal(substitute(source, sources)?.problems[0]?.kind, 'malformed', source);
  }
});

test('names of Object.prototype are unset', () => {
  assert.equal(substitute('${constructor}', sources)?.problems[0]?.kind, 'unset');
  assert.equal(substitute('${__proto__}', sources)?.problems[0]?.kind, 'unset');
});

test('what is shown of a secret is a lone reference without its default', () => {
  assert.equal(shownReference('${SMTP_PASS}', true), '${SMTP_PASS}');
  assert.equal(shownReference('${SMTP_PASS:-hunter2}', true), '${SMTP_PASS:-***}');
  assert.equal(shownReference('hunter${N}', true), '***');
  assert.equal(shownReference('${A}${B}', true), '***');
});

test('elsewhere a reference is shown whole, but for the default of a secret name', () => {
  assert.equal(shownReference('rate ${RATE:-50}', false), 'rate ${RATE:-50}');
  assert.equal(shownReference('x ${API_TOKEN:-abc}', false), 'x ${API_TOKEN:-***}');
});

test('values and defaults of secret names are secrets', () => {
  assert.deepEqual(secretValuesIn('${API_TOKEN:-abc} ${HOST}', env), ['tok', 'abc']);
});

test('the text of a file takes the place of its path, and is not looked at again', () => {
  assert.deepEqual(substitute('a ${file:run/pass}${HOST}', sources), {
    text: 'a open sesamemail.example.test',
    hasFile: true,
    problems: [],
  });
  assert.equal(substitute('${file:../x y}', sources)?.text, '${HOST}');
  assert.equal(substitute('$${file:run/pass}', sources)?.text, '${file:run/pass}');
  assert.equal(substitute('${file:-b}', sources)?.text, 'b', 'a variable of that name');
});

test('a file that cannot be read, or has no path, is a problem', () => {
  assert.deepEqual(substitute('${file:no} ${file:run/pass}', sources)?.problems, [
    { kind: 'file', path: 'no', ...fault },
  ]);
  for (const source of ['${file:}', '${file:${HOST}}', '${file:run/pass'])
    assert.equal(substitute(source, sources)?.problems[0]?.kind, 'malformed', source);
  const nowhere = substitute('${file:run/pass}', { env, readFile: null });
  assert.equal(nowhere?.problems[0]?.kind, 'malformed');
});

test('a lone file is shown as its reference, also of a secret', () => {
  assert.equal(shownReference('${file:run/pass}', true), '${file:run/pass}');
  assert.equal(shownReference('x ${file:run/pass}', false), 'x ${file:run/pass}');
  assert.equal(shownReference('x${file:run/pass}', true), '***');
});
