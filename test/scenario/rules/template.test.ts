import { test } from 'node:test';
import { assertRules } from '../load.js';

const template = (keys: string, rest = '') => `messages: [{ template: { ${keys} } }]\n${rest}`;
const BINARYMIME = 'envelope: { body: binarymime }\nclient: { chunking: true }';

test('a template has something to send in every message', () => {
  const one = '{ size: 1KiB, probability';
  assertRules([
    [
      'SCENARIO_TEMPLATE_EMPTY',
      'messages[0].template',
      template(`attachments: [${one}: 50% }]`),
      template(`attachments: [${one}: 50% }, ${one}: 100% }]`),
    ],
    [
      'SCENARIO_MESSAGE_SIZE',
      'messages[0].template.text.size',
      template('text: { size: 63B }'),
      template('text: { size: 64B }'),
    ],
    [
      'SCENARIO_MESSAGE_SIZE',
      'messages[0].template.html.size',
      template('html: { size: 63B }'),
      template('html: { size: 64B }'),
    ],
  ]);
});

test('lines of generated text have at most 998 characters', () => {
  assertRules([
    [
      'SCENARIO_OUT_OF_RANGE',
      'messages[0].template.text.lineLength',
      template('text: { size: 20KiB, lineLength: 999 }'),
      template('text: { size: 20KiB, lineLength: 998 }'),
    ],
  ]);
});

test('an attachment is a file or generated, and html shows what has a cid', () => {
  const attached = (keys: string, rest = 'html: x') => template(`${rest}, attachments: [{ ${keys} }]`);
  const drawn = (count: number) =>
    template(`text: x, attachments: [${'{ size: 1KiB, probability: 0.1 },'.repeat(count)}]`);
  assertRules([
    [
      'SCENARIO_ATTACHMENT',
      'messages[0].template.attachments[0]',
      attached('cid: logo'),
      attached('size: 1B'),
    ],
    [
      'SCENARIO_ATTACHMENT',
      'messages[0].template.attachments[0]',
      attached('size: 1B, path: s.yaml'),
      attached('path: s.yaml'),
    ],
    [
      'SCENARIO_ATTACHMENT',
      'messages[0].template.attachments[0].cid',
      attached('size: 1KiB, cid: logo', 'text: x'),
      attached('size: 1KiB, cid: logo'),
    ],
    [
      'SCENARIO_FORMAT',
      'messages[0].template.attachments[0].cid',
      attached('size: 1KiB, cid: "a b"'),
      attached('size: 1KiB, cid: a.b@c'),
    ],
    [
      'SCENARIO_CONTROL_CHARACTER',
      'messages[0].template.attachments[0].filename',
      attached('size: 1B, filename: "a\\nb"'),
      attached('size: 1B, filename: "a b"'),
    ],
    ['SCENARIO_ATTACHMENT', 'messages[0].template.attachments', drawn(7), drawn(6)],
  ]);
});

test('binary content needs BINARYMIME', () => {
  for (const [keys, path] of [
    ['text: x, encoding: binary', 'encoding'],
    ['text: x, attachments: [{ size: 1B, encoding: binary }]', 'attachments[0].encoding'],
  ] as const)
    assertRules([
      ['SCENARIO_ENCODING', `messages[0].template.${path}`, template(keys), template(keys, BINARYMIME)],
    ]);
});

test('raw headers are beyond nodemailer, which says SMTPUTF8 for addresses only', () => {
  const keys = 'text: x, headerEncoding';
  const nodemailer = 'client: { kind: nodemailer }';
  assertRules([
    [
      'SCENARIO_NODEMAILER',
      'messages[0].template.headerEncoding',
      template(`${keys}: utf8`, nodemailer),
      template(`${keys}: encoded-word`, nodemailer),
    ],
  ]);
});
