import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertRules, load, problem } from '../load.js';

const CODE = 'SCENARIO_PARAMETER';
const envelope = (words: string, more = '') => `envelope: { ${words} }${more}`;

test('ENVID is printable, and at most 100 characters in xtext', () => {
  const envid = (text: string) => envelope(`dsn: { envid: "${text}" }`);
  assertRules([
    [CODE, 'envelope.dsn.envid', envid('x'.repeat(101)), envid('x'.repeat(100))],
    // 10 digits take the place of the number, and a space three characters.
    [CODE, 'envelope.dsn.envid', envid(`${'x'.repeat(91)}{{seq}}`), envid(`${'x'.repeat(90)}{{seq}}`)],
    [CODE, 'envelope.dsn.envid', envid(`${'x'.repeat(98)} `), envid(`${'x'.repeat(97)} `)],
    [CODE, 'envelope.dsn.envid', envid('a\\r\\nb'), envid('a+b=c')],
    [CODE, 'envelope.dsn.envid', envid('ü'), envid('u')],
    ['SCENARIO_PLACEHOLDER', 'envelope.dsn.envid', envid('{{n}}'), envid('{{seq}}')],
  ]);
});

test('ORCPT holds the longest recipient in at most 500 characters', () => {
  // An octet beyond ASCII takes three of them.
  const to = (words: string) => envelope(`dsn: { orcpt: true }, to: ${words}`);
  const labels = (count: number) => `${'ü'.repeat(count)}.${'ü'.repeat(30)}`;
  assertRules([
    [CODE, 'envelope.dsn.orcpt', to(`'a@${labels(60)}.test'`), to(`'a@${labels(40)}.test'`)],
    [
      CODE,
      'envelope.dsn.orcpt',
      to(`{ address: 'a{{n}}@{{domain}}', domains: [a.test, ${labels(60)}.test] }`),
      to(`{ address: 'a{{n}}@{{domain}}', domains: [a.test, ${labels(40)}.test] }`),
    ],
  ]);
});

test('deliverBy has time left unless it only notifies', () => {
  assertRules([
    [
      CODE,
      'envelope.deliverBy.seconds',
      envelope('deliverBy: { seconds: 0 }'),
      envelope('deliverBy: { seconds: 0, mode: notify }'),
    ],
    [
      CODE,
      'envelope.deliverBy.seconds',
      envelope('deliverBy: { seconds: -1 }'),
      envelope('deliverBy: { seconds: 1 }'),
    ],
  ]);
});

test('PRDR means nothing over LMTP', () => {
  assertRules([
    [
      CODE,
      'envelope.prdr',
      envelope('prdr: true', '\ntarget: { url: "lmtp://localhost" }'),
      envelope('prdr: true', '\ntarget: { url: "smtp://localhost" }'),
    ],
  ]);
});

test('further parameters follow the grammar, each once, and leave alone what mailbench writes', () => {
  const mail = (one: string) => envelope(`mailParameters: [X=1, "${one}"]`);
  for (const wrong of ['-X', 'A B', 'X-Y=', 'X-Y=a=b', 'X_Y=1', 'A=\\r\\nRSET', 'A=ü', 'x=2']) {
    const found = problem(mail(wrong));
    assert.deepEqual([found.code, found.path], [CODE, 'envelope.mailParameters[1]'], wrong);
  }
  for (const own of [
    'SIZE=1',
    'body=8BITMIME',
    'SMTPUTF8',
    'RET=FULL',
    'ENVID=x',
    'REQUIRETLS',
    'BY=1;R',
    'MT-PRIORITY=1',
    'PRDR',
  ]) {
    assert.match(problem(mail(own)).message, /which mailbench writes itself/, own);
  }
  for (const own of ['NOTIFY=NEVER', 'orcpt=rfc822;x']) {
    assert.match(problem(envelope(`rcptParameters: ["${own}"]`)).message, /writes itself/, own);
  }
  const { parameters } = load(envelope('mailParameters: [AUTH=<>, X-2], rcptParameters: [SIZE=1]')).scenario
    .envelope;
  assert.deepEqual([parameters.mail, parameters.rcpt], [['AUTH=<>', 'X-2'], ['SIZE=1']]);
});

test('parameters stand in the scenario as they were given, and are off unless given', () => {
  const { parameters } = load(
    envelope('dsn: { notify: never, ret: hdrs }, priority: -9, deliverBy: { seconds: 5, trace: true }'),
  ).scenario.envelope;
  assert.deepEqual(parameters.dsn, { notify: ['never'], ret: 'hdrs', envid: null, orcpt: false });
  assert.deepEqual(
    [parameters.priority, parameters.deliverBy],
    [-9, { seconds: 5, mode: 'return', trace: true }],
  );
  const off = load(null).scenario.envelope.parameters;
  assert.deepEqual(
    [off.dsn, off.priority, off.deliverBy, off.prdr, off.requireTls],
    [null, null, null, false, false],
  );
});
