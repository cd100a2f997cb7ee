import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { type TestContext, test } from 'node:test';
import { type CodeRun, openCode } from '#src/code/code-run.js';
import { UsageError } from '#src/errors.js';
import type { CodeFile } from '#src/scenario/scenario.js';
import { createDraw } from '#src/shard/random.js';
import { codeFile } from './code-files.js';

const ALL = ['message', 'envelope', 'pacing', 'setup', 'teardown'] as const;
const ENVELOPE = { from: 'a@a.test', to: ['b@a.test'] };

function open(code: CodeFile, data: unknown = undefined): Promise<CodeRun> {
  return openCode({ code, draw: createDraw(1, 0), scenarios: ['all'], data, isAuthorized: false });
}

async function codeOf(t: TestContext, body: string): Promise<CodeRun> {
  return open(await codeFile(t, `export default { ${body} };`, ALL));
}

test('functions are told of their message, and are methods of the default export', async (t) => {
  const code = await codeFile(
    t,
    `export default {
      domain: 'a.test',
      envelope({ number, data }) { return { from: '', to: data.user + number + '@' + this.domain }; },
      message: ({ from, to, scenario }) => ({ text: [from, ...to, scenario].join(' ') }),
      pacing: ({ vu, index }) => vu * 10 + index,
    };`,
    ['envelope', 'message', 'pacing'],
  );
  const run = await open(code, { user: 'u' });
  assert.deepEqual(run.envelope(3).to, ['u3@a.test']);
  const made = run.message(3, ENVELOPE);
  assert.equal('parts' in made ? made.parts.text : '', 'a@a.test b@a.test all');
  assert.equal(run.pacing(3, 7), 73);
  assert.deepEqual([run.has('message'), run.has('setup')], [true, false]);
});

test('an envelope function may have parameters of MAIL and RCPT beside it', async (t) => {
  const run = await codeOf(t, `envelope: { requireTls: true, each: () => ({ from: '', to: 'a@a.test' }) }`);
  assert.deepEqual(run.envelope(0).to, ['a@a.test']);
});

test('what a function throws names the function and its line', async (t) => {
  const run = await codeOf(
    t,
    `message() {\n  throw new TypeError('out of\\nluck');\n}, envelope() { throw 'plain'; }`,
  );
  assert.throws(() => run.message(0, ENVELOPE), {
    name: 'CodeError',
    code: 'CODE_THREW',
    message: 'message() threw at s.mjs:2:9: TypeError: out of luck',
  });
  assert.throws(() => run.envelope(0), { code: 'CODE_THREW', message: 'envelope() threw in s.mjs: plain' });
});

test('a recursion without end is an exception like any other', async (t) => {
  const run = await codeOf(t, `message() { const f = (n) => f(n + 1) + 1; return { text: f(0) }; }`);
  assert.throws(() => run.message(0, ENVELOPE), {
    code: 'CODE_THREW',
    message: /message\(\) threw at s\.mjs:1:\d+: RangeError/,
  });
});

test('what a function returns is checked, and its place named', async (t) => {
  const run = await codeOf(
    t,
    `message: () => ({ text: 5 }), envelope: () => ({ from: '', to: 'x@gmail.com' }), pacing: () => 'soon'`,
  );
  const refused = (call: () => unknown, message: RegExp) =>
    assert.throws(call, { code: 'CODE_RETURNED', message });
  refused(
    () => run.message(0, ENVELOPE),
    /^message\(\) at s\.mjs:1 returned what cannot be used: text must be text/,
  );
  refused(() => run.envelope(0), /^envelope\(\) at s\.mjs:1 returned .* leads to gmail\.com/);
  refused(() => run.pacing(0, 0), /^pacing\(\) at s\.mjs:1 returned .* found "soon"/);
  assert.deepEqual(run.recipientsOf(0), []);
  const refusal = run.refusal(new UsageError('MESSAGE_X', 'too long', { hint: 'Shorten it.' }));
  assert.deepEqual(
    [refusal.code, refusal.message, refusal.hint],
    ['CODE_RETURNED', 'message() at s.mjs:1 returned what cannot be sent: too long', 'Shorten it.'],
  );
});

test('a promise is refused, and what it comes to ends nothing', async (t) => {
  const run = await codeOf(t, `message: () => Promise.reject(new Error('later'))`);
  assert.throws(() => run.message(0, ENVELOPE), { code: 'CODE_RETURNED', message: /returned a promise/ });
  // A rejection that nobody handles would fail this test.
  await new Promise((resolve) => setImmediate(resolve));
});

test('setup gives a copy as JSON, and teardown gets it', async (t) => {
  const run = await codeOf(
    t,
    `async setup() { return { at: new Date(0), none: undefined }; }, teardown(data) { globalThis.tornDown = data; }`,
  );
  const data = await run.setup();
  assert.deepEqual(data, { at: '1970-01-01T00:00:00.000Z' });
  await run.teardown(data);
  assert.equal((globalThis as { tornDown?: unknown }).tornDown, data);
});

test('a setup whose result is no JSON is refused, one without a result is not', async (t) => {
  const cyclic = await codeOf(t, `setup() { const a = {}; a.a = a; return a; }`);
  await assert.rejects(cyclic.setup(), {
    code: 'CODE_RETURNED',
    message: /setup\(\) at s\.mjs:1 returned what is no JSON/,
  });
  assert.equal(await (await codeOf(t, 'setup() {}')).setup(), undefined);
});

test('a rejection in setup or teardown names its line', async (t) => {
  const run = await codeOf(
    t,
    `async setup() {\n  await null;\n  throw new Error('no');\n}, async teardown() { null.x; }`,
  );
  await assert.rejects(run.setup(), { code: 'CODE_THREW', message: 'setup() threw at s.mjs:3:9: Error: no' });
  await assert.rejects(run.teardown(1), {
    code: 'CODE_THREW',
    message: /^teardown\(\) threw at s\.mjs:4:\d+: TypeError/,
  });
});

test('a file that is another one by now is not run, nor one that is gone', async (t) => {
  const code = await codeFile(t, 'export default {};', []);
  writeFileSync(code.path, 'export default { };');
  await assert.rejects(open(code), { code: 'CODE_CHANGED', message: /s\.mjs is not the file/ });
  await assert.rejects(open({ ...code, path: `${code.path}.gone` }), {
    code: 'CODE_CHANGED',
    message: /cannot be read/,
  });
});
