/** docs/sink-parity.md, row for row: what smtp-sink and bhm do on the wire, and that ours does it too. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { freePort } from '#test/free-port.js';
import { requireProgram } from '#test/servers/require-program.js';
import { startSmtpSink } from '#test/servers/smtp-sink.js';
import { waitForGreeting } from '#test/servers/wait-for-greeting.js';
import { type JudgedSinkOptions, openJudgedSink } from './judged-sink.js';
import { classes, play, type ScriptOptions } from './script.js';

const LIMIT = { timeout: 60_000 };
const CONTENT = 'Subject: x\r\n\r\nbody\r\n.\r\n';
const STEPS = {
  EHLO: 'EHLO client.example.test\r\n',
  HELO: 'HELO client.example.test\r\n',
  LHLO: 'LHLO client.example.test\r\n',
  MAIL: 'MAIL FROM:<sender@example.test>\r\n',
  RCPT: 'RCPT TO:<user@example.test>\r\n',
  DATA: 'DATA\r\n',
  '.': CONTENT,
  RSET: 'RSET\r\n',
  NOOP: 'NOOP\r\n',
  VRFY: 'VRFY user\r\n',
  QUIT: 'QUIT\r\n',
} as const;

type Step = keyof typeof STEPS;

/** What has to be said before. */
const BEFORE: Readonly<Partial<Record<Step, readonly Step[]>>> = {
  EHLO: [],
  HELO: [],
  MAIL: ['EHLO'],
  RCPT: ['EHLO', 'MAIL'],
  DATA: ['EHLO', 'MAIL', 'RCPT'],
  '.': ['EHLO', 'MAIL', 'RCPT', 'DATA'],
};

function script(upTo: Step): string[] {
  return [...(BEFORE[upTo] ?? ['EHLO']), upTo].map((step) => STEPS[step as Step]);
}

/** One dialog with smtp-sink and with ours. */
async function compare(
  t: TestContext,
  sides: { readonly args: readonly string[]; readonly ours: JudgedSinkOptions },
  steps: readonly string[],
  options: ScriptOptions = {},
): Promise<void> {
  const peer = await startSmtpSink({ args: sides.args, greets: !sides.args.includes('CONNECT') });
  t.after(() => peer.stop());
  const ours = await openJudgedSink(t, sides.ours);
  const theirs = classes(await play(peer.port, steps, options));
  assert.equal(classes(await play(ours.port, steps, options)), theirs);
}

const ALL: readonly Step[] = ['EHLO', 'MAIL', 'RCPT', 'DATA', '.', 'RSET', 'NOOP', 'VRFY', 'QUIT'];

test('without flags the dialog is the same', LIMIT, async (t) => {
  if (requireProgram(t, 'smtp-sink') === undefined) return;
  const steps = ALL.map((step) => STEPS[step]);
  await compare(t, { args: [], ours: {} }, steps, { waitsForEnd: true });
});

const VERBS: readonly (Step | 'CONNECT')[] = ['CONNECT', 'HELO', ...ALL];

for (const { flag, does, outcome, waitsForEnd } of [
  { flag: '-f', does: 'rejects', outcome: 'reject: "500 5.3.0 Error: command failed"', waitsForEnd: false },
  { flag: '-r', does: 'defers', outcome: 'defer: "450 4.3.0 Error: command failed"', waitsForEnd: false },
  { flag: '-q', does: 'hangs up at', outcome: 'drop: before', waitsForEnd: true },
  { flag: '-Q', does: 'says 421 and hangs up at', outcome: 'close: true', waitsForEnd: true },
]) {
  for (const step of VERBS) {
    test(`${flag} ${step}: ${does} ${step}`, LIMIT, async (t) => {
      if (requireProgram(t, 'smtp-sink') === undefined) return;
      const verb = step === '.' ? 'CONTENT' : step;
      const yaml = `  - { when: { verb: ${verb} }, ${outcome} }`;
      const steps = step === 'CONNECT' ? [] : script(step);
      await compare(t, { args: [flag, step], ours: { yaml } }, steps, { waitsForEnd });
    });
  }
}

/** Keywords of EHLO by the flag that hides them. */
for (const [flag, keyword, without, withIt] of [
  ['-8', '8BITMIME', { hidden: ['8BITMIME'] }, {}],
  ['-a', 'AUTH', {}, { auth: { user: 'alice', pass: 'secret' } }],
  ['-C', 'XCLIENT', {}, { xclient: true }],
  ['-F', 'XFORWARD', {}, { xclient: true }],
  ['-E', 'ENHANCEDSTATUSCODES', { hidden: ['ENHANCEDSTATUSCODES'] }, {}],
  ['-N', 'DSN', { hidden: ['DSN'] }, {}],
  ['-p', 'PIPELINING', { hidden: ['PIPELINING'] }, {}],
] as readonly [string, string, JudgedSinkOptions, JudgedSinkOptions][]) {
  test(`${flag}: ${keyword} is offered or hidden`, LIMIT, async (t) => {
    if (requireProgram(t, 'smtp-sink') === undefined) return;
    for (const [args, ours, isOffered] of [
      [[flag], without, false],
      [[], withIt, true],
    ] as const) {
      const peer = await startSmtpSink({ args });
      t.after(() => peer.stop());
      const { port } = await openJudgedSink(t, ours);
      for (const at of [peer.port, port]) {
        const { replies } = await play(at, [STEPS.EHLO]);
        assert.equal(new RegExp(`^250[ -]${keyword}\\b`, 'm').test(replies[1] ?? ''), isOffered);
      }
    }
  });
}

test('-e: EHLO is unknown and HELO is not', LIMIT, async (t) => {
  if (requireProgram(t, 'smtp-sink') === undefined) return;
  const sides = { args: ['-e'], ours: { hidden: ['EHLO'] } as JudgedSinkOptions };
  await compare(t, sides, [STEPS.EHLO, STEPS.HELO, STEPS.MAIL, STEPS.RCPT, STEPS.DATA, CONTENT]);
});

test('-P: the greeting of a CISCO PIX', LIMIT, async (t) => {
  if (requireProgram(t, 'smtp-sink') === undefined) return;
  const peer = await startSmtpSink({ args: ['-P'] });
  t.after(() => peer.stop());
  const yaml = '  - { when: { verb: CONNECT }, reply: { code: 220, enhanced: "", text: "********" } }';
  const ours = await openJudgedSink(t, { hidden: ['EHLO'], yaml });
  const theirs = await play(peer.port, [STEPS.EHLO, STEPS.HELO]);
  const mine = await play(ours.port, [STEPS.EHLO, STEPS.HELO]);
  assert.equal(mine.replies[0], theirs.replies[0]);
  assert.equal(classes(mine), classes(theirs));
});

for (const [flag, verb, outcome, text] of [
  ['-b', '-r', 'defer', '451 4.7.1 come back later'],
  ['-B', '-f', 'reject', '554 5.7.1 go away'],
] as const) {
  test(`${flag}: the text of a refusal, word for word`, LIMIT, async (t) => {
    if (requireProgram(t, 'smtp-sink') === undefined) return;
    const peer = await startSmtpSink({ args: [verb, 'RCPT', flag, text] });
    t.after(() => peer.stop());
    const ours = await openJudgedSink(t, { yaml: `  - { when: { verb: RCPT }, ${outcome}: "${text}" }` });
    for (const { port } of [peer, ours]) {
      const { replies } = await play(port, script('RCPT'));
      assert.equal(replies.at(-1), `${text}\r\n`);
    }
  });
}

test('-h: the name in the greeting and in the reply to EHLO', LIMIT, async (t) => {
  if (requireProgram(t, 'smtp-sink') === undefined) return;
  const peer = await startSmtpSink({ args: ['-h', 'mx.example.test'] });
  t.after(() => peer.stop());
  const ours = await openJudgedSink(t, { name: 'mx.example.test' });
  for (const { port } of [peer, ours]) {
    const { replies } = await play(port, [STEPS.EHLO]);
    assert.match(replies[0] ?? '', /^220 mx\.example\.test ESMTP/);
    assert.match(replies[1] ?? '', /^250-mx\.example\.test/);
  }
});

test('-L: LMTP, with a reply for each recipient', LIMIT, async (t) => {
  if (requireProgram(t, 'smtp-sink') === undefined) return;
  const steps = [STEPS.LHLO, STEPS.MAIL, STEPS.RCPT, 'RCPT TO:<other@example.test>\r\n', STEPS.DATA, CONTENT];
  await compare(t, { args: ['-L'], ours: { protocol: 'lmtp' } }, steps, { lastReplies: 2 });
});

test(
  '-w and -W: a reply that is held back is the same reply, and ours says how long it was held',
  LIMIT,
  async (t) => {
    if (requireProgram(t, 'smtp-sink') === undefined) return;
    const peer = await startSmtpSink({ args: ['-w', '1', '-W', 'RCPT:1'] });
    t.after(() => peer.stop());
    const ours = await openJudgedSink(t, {
      yaml: '  - { when: { verb: [DATA, RCPT] }, delay: 50ms }',
    });
    const steps = script('.');
    assert.equal(classes(await play(ours.port, steps)), classes(await play(peer.port, steps)));
    const [receipt] = ours.receipts();
    assert.deepEqual(Object.keys(receipt?.held ?? {}).sort(), ['DATA', 'RCPT']);
  },
);

test('-A: a last word in the middle of the content', LIMIT, async (t) => {
  if (requireProgram(t, 'smtp-sink') === undefined) return;
  const yaml = '  - { when: { verb: INPUT }, delay: 20ms, close: "550 5.7.1 No more" }';
  const sides = { args: ['-A', '0'], ours: { yaml } };
  await compare(t, sides, script('DATA'), { lastReplies: 2, waitsForEnd: true });
});

test('-H: a pause before the content is read, and the message is taken', LIMIT, async (t) => {
  if (requireProgram(t, 'smtp-sink') === undefined) return;
  const peer = await startSmtpSink({ args: ['-H', '1'] });
  t.after(() => peer.stop());
  const ours = await openJudgedSink(t, { yaml: '  - { when: { verb: INPUT }, delay: 50ms }' });
  const steps = script('.');
  assert.equal(classes(await play(ours.port, steps)), classes(await play(peer.port, steps)));
  assert.deepEqual(Object.keys(ours.receipts()[0]?.held ?? {}), ['INPUT']);
});

test('-t: who says nothing is hung up on; ours says 421 first', LIMIT, async (t) => {
  if (requireProgram(t, 'smtp-sink') === undefined) return;
  const peer = await startSmtpSink({ args: ['-t', '1'] });
  t.after(() => peer.stop());
  const ours = await openJudgedSink(t, { idleMs: 200 });
  assert.equal(classes(await play(peer.port, [STEPS.EHLO], { waitsForEnd: true })), '2yz 2yz end');
  assert.equal(classes(await play(ours.port, [STEPS.EHLO], { waitsForEnd: true })), '2yz 2yz 4yz end');
});

// ---- bhm

interface Bhm {
  readonly port: number;
}

async function startBhm(t: TestContext, args: readonly string[] = []): Promise<Bhm> {
  const dir = await mkdtemp(join(tmpdir(), 'mailbench-bhm-'));
  const users = join(dir, 'users');
  const user = (name: string, action: string) => `${name}@example.test secret ${action}\n`;
  await writeFile(users, user('good', '') + user('defer', 'd') + user('reject', 'r') + user('grey', 'g'));
  const port = await freePort();
  const child: ChildProcess = spawn('bhm', ['-b', '127.0.0.1', '-p', `${port}`, ...args, users], {
    cwd: dir,
    stdio: 'ignore',
  });
  t.after(async () => {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
    await rm(dir, { recursive: true, force: true });
  });
  await waitForGreeting(port, { hasEnded: () => child.exitCode !== null || child.signalCode !== null });
  return { port };
}

/** The dialog of one message. */
function to(user: string): string[] {
  return [STEPS.EHLO, STEPS.MAIL, `RCPT TO:<${user}@example.test>\r\n`, STEPS.DATA, CONTENT, STEPS.QUIT];
}

test('bhm: a message is taken and thrown away', LIMIT, async (t) => {
  if (requireProgram(t, 'bhm') === undefined) return;
  const peer = await startBhm(t);
  const ours = await openJudgedSink(t);
  const theirs = await play(peer.port, to('good'), { waitsForEnd: true });
  assert.equal(classes(await play(ours.port, to('good'), { waitsForEnd: true })), classes(theirs));
});

test('bhm -m: the largest message is announced; ours is refused too, bhm takes it', LIMIT, async (t) => {
  if (requireProgram(t, 'bhm') === undefined) return;
  const peer = await startBhm(t, ['-m', '1']);
  const ours = await openJudgedSink(t, { maxSizeBytes: 1024 });
  const large = `Subject: x\r\n\r\n${`${'x'.repeat(70)}\r\n`.repeat(40)}.\r\n`;
  const steps = [...script('DATA'), large];
  const theirs = await play(peer.port, steps);
  const mine = await play(ours.port, steps);
  for (const { replies } of [theirs, mine]) assert.match(replies[1] ?? '', /^250[ -]SIZE 1024\r$/m);
  assert.equal(classes(theirs), '2yz 2yz 2yz 2yz 3yz 2yz');
  assert.equal(classes(mine), '2yz 2yz 2yz 2yz 3yz 5yz');
});

/** The user list's third field as bhm(8) has it; bhm 0.76 takes the mail of all of them. */
for (const [name, yaml, expected] of [
  ['defer', '{ when: { verb: RCPT, recipient: defer@* }, defer: 450 }', ['2yz 2yz 2yz 4yz']],
  ['reject', '{ when: { verb: RCPT, recipient: reject@* }, reject: 550 }', ['2yz 2yz 2yz 5yz']],
  [
    'grey',
    '{ when: { verb: RCPT, recipient: grey@* }, greylist: { delay: 1ms, by: [recipient] } }',
    ['2yz 2yz 2yz 4yz', '2yz 2yz 2yz 2yz'],
  ],
] as const) {
  test(`bhm's user list: ${name} is what bhm(8) says at ours, and nothing at bhm`, LIMIT, async (t) => {
    if (requireProgram(t, 'bhm') === undefined) return;
    const peer = await startBhm(t);
    const ours = await openJudgedSink(t, { yaml: `  - ${yaml}` });
    const steps = to(name).slice(0, 3);
    for (const seen of expected) {
      assert.equal(classes(await play(peer.port, steps)), '2yz 2yz 2yz 2yz');
      assert.equal(classes(await play(ours.port, steps)), seen);
    }
  });
}

test("bhm's user list: b takes the message and sends it back", LIMIT, async (t) => {
  if (requireProgram(t, 'bhm') === undefined) return;
  const bounced: string[] = [];
  const ours = await openJudgedSink(t, {
    yaml: '  - { when: { verb: CONTENT, recipient: bounce@* }, bounce: true }',
    onBounce: (job) => void bounced.push(JSON.stringify(job.recipients)),
  });
  assert.equal(
    classes(await play(ours.port, to('bounce'), { waitsForEnd: true })),
    '2yz 2yz 2yz 2yz 3yz 2yz 2yz end',
  );
  assert.equal(bounced.length, 1);
  assert.match(bounced[0] ?? '', /bounce@example\.test/);
});
