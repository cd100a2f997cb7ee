import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { parse } from 'yaml';
import { behavioursJsonSchema } from '#src/sink/behaviours/json-schema.js';
import { places } from './behave.js';

const validate = new Ajv2020({ strict: false }).compile(behavioursJsonSchema());

test('the JSON Schema takes what loads and refuses what the words refuse', () => {
  const right = [
    'seed: 7',
    'behaviours: [{ when: { verb: RCPT, chance: 10% }, reject: { code: 552, enhanced: 5.2.2, text: Full } }]',
    'behaviours: [{ throttle: { messages: 50, per: 1s } }, { greylist: { delay: 5s } }]',
  ];
  const wrong = [
    'sed: 7',
    'behaviours: [{ when: { verb: RCTP }, reject: 550 }]',
    'behaviours: [{ when: { verb: RCPT, chance: ten }, reject: 550 }]',
    'behaviours: [{ greylist: {} }]',
  ];
  for (const text of right) assert.deepEqual([validate(parse(text)), places(text)], [true, []], text);
  for (const text of wrong) {
    assert.equal(validate(parse(text)), false, text);
    assert.notDeepEqual(places(text), [], text);
  }
});
