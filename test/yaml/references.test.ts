import assert from 'node:assert/strict';
import { test } from 'node:test';
import { secretValuesIn, shownReference, substitute } from '#src/yaml/references.js';

const env = { HOST: 'mail.example.test', EMPTY: '', API_TOKEN: 'tok', NESTED: '${HOST}' };

test('text without a reference is left alone', () => {
  assert.equal(substitute('plain $HOST {HOST} $', env), null);
});

test('references are replaced inside text, with defaults for what is unset or empty', () => {
  const text = (source: string) => substitute(source, env)?.text;
  assert.equal(text('smtp://${HOST}:25'), 'smtp://mail.example.test:25');
  assert.equal(text('${NOPE:-a}${EMPTY:-b}${HOST:-c}'), 'abmail.example.test');
  assert.equal(text('${NOPE:-}'), '');
  assert.equal(text('${EMPTY}'), '');
  assert.equal(text('$${HOST}'), '${HOST}');
});

test('a value from the environment is not looked at again', () => {
  assert.deepEqual(substitute('${NESTED}', env), { text: '${HOST}', problems: [] });
});

test('an unset name and a malformed reference are problems', () => {
  assert.deepEqual(substitute('${NOPE} ${ALSO}', env)?.problems, [
    { kind: 'unset', name: 'NOPE' },
    { kind: 'unset', name: 'ALSO' },
  ]);
  for (const source of ['${1}', '${}', '${a b}', '${HOST', '${HOST:x}']) {
    assert.equal(substitute(source, env)?.problems[0]?.kind, 'malformed', source);
  }
});

test('names of Object.prototype are unset', () => {
  assert.equal(substitute('${constructor}', env)?.problems[0]?.kind, 'unset');
  assert.equal(substitute('${__proto__}', env)?.problems[0]?.kind, 'unset');
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
