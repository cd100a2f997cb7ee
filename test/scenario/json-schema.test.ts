import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { parse } from 'yaml';
import { scenarioJsonSchema } from '#src/scenario/json-schema.js';

const validate = new Ajv2020({ allErrors: true, strict: true, allowUnionTypes: true }).compile(
  scenarioJsonSchema(),
);
const folder = new URL('../../scenarios/', import.meta.url);

function isValid(text: string): boolean {
  return validate(parse(text));
}

test('every published scenario is valid by the JSON Schema', () => {
  const files = readdirSync(folder).filter((name) => name.endsWith('.yaml'));
  assert.ok(files.includes('quick.yaml') && files.includes('smoke.yaml'));
  for (const name of files) {
    const text = readFileSync(new URL(name, folder), 'utf8');
    assert.ok(isValid(text), `${name}: ${JSON.stringify(validate.errors)}`);
  }
});

test('every kind of value that the file may hold is valid', () => {
  const texts = [
    '{}',
    'scenarios: { a: { executor: constant-arrival-rate, rate: 5, duration: 1h30m, preAllocatedVUs: 5 } }',
    'scenarios: { a: { executor: constant-vus, duration: 1500 } }',
    'client: { timeouts: rfc5321, messagesPerSession: { min: 1, max: 2 }, reconnectDelay: 1s }',
    'envelope: { to: [{ address: a@b.test, expect: { code: 550 } }, { domains: { a.test: 1 } }] }',
    'messages: [{ size: 12KiB }, { template: { text: x, attachments: [{ path: x }] }, expect: rejected }]',
    'thresholds: { checks: "rate>0.9", smtp_sessions: [{ threshold: "count>1", abortOnFail: true }] }',
  ];
  for (const text of texts) assert.ok(isValid(text), `${text}: ${JSON.stringify(validate.errors)}`);
});

test('a reference is valid where a number, a boolean, a word or a duration belongs', () => {
  assert.ok(
    isValid(
      'seed: ${S}\ntarget: { authorized: "${A:-true}", tls: { mode: "${M}" } }\nclient: { timeouts: { quit: "${Q}" } }',
    ),
    JSON.stringify(validate.errors),
  );
});

test('unknown keys and wrong values are invalid', () => {
  const texts = [
    'nam: x',
    'seed: x',
    'target: { tls: { mode: startls } }',
    'messages: [{ size: 12 KB of text }]',
    'scenarios: { a: { executor: constant-vus, duration: 1s, rate: 5 } }',
    'scenarios: { a: { executor: ramping } }',
  ];
  for (const text of texts) assert.equal(isValid(text), false, text);
});

test('every key has a description', () => {
  const bare: string[] = [];
  const visit = (node: unknown, path: string): void => {
    if (typeof node !== 'object' || node === null) return;
    for (const [key, value] of Object.entries(node)) {
      const at = `${path}.${key}`;
      const isProperty = /\.properties$/.test(path);
      if (isProperty && !Object.hasOwn(value as object, 'description')) bare.push(at);
      visit(value, at);
    }
  };
  visit(scenarioJsonSchema(), '');
  // The ends of a range say enough by their names.
  assert.deepEqual([...new Set(bare.map((path) => path.split('.').at(-1)))].sort(), ['first', 'max', 'min']);
});
