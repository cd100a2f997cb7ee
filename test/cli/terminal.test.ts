import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { isColored, isDrawable, tell, widthOf } from '#src/cli/terminal.js';

const terminal = { isTTY: true, columns: 132 } as NodeJS.WriteStream;
const pipe = {} as NodeJS.WriteStream;

test('a terminal is coloured, a pipe is not', (t) => {
  environment(t, {});
  assert.deepEqual([isColored(terminal, undefined), isColored(pipe, undefined)], [true, false]);
});

test('--no-color and --color beat everything', (t) => {
  environment(t, { FORCE_COLOR: '1' });
  assert.equal(isColored(terminal, false), false);
  environment(t, { NO_COLOR: '1', TERM: 'dumb' });
  assert.equal(isColored(pipe, true), true);
});

test('NO_COLOR beats FORCE_COLOR, which beats a pipe; both count only when they say something', (t) => {
  const cases: [Record<string, string>, boolean, boolean][] = [
    [{ NO_COLOR: '1' }, false, false],
    [{ NO_COLOR: '1', FORCE_COLOR: '1' }, false, false],
    [{ FORCE_COLOR: '1' }, true, true],
    [{ FORCE_COLOR: '0' }, true, false],
    [{ NO_COLOR: '', FORCE_COLOR: '' }, true, false],
    [{ TERM: 'dumb' }, false, false],
  ];
  for (const [names, onTerminal, onPipe] of cases) {
    environment(t, names);
    assert.deepEqual(
      [isColored(terminal, undefined), isColored(pipe, undefined)],
      [onTerminal, onPipe],
      JSON.stringify(names),
    );
  }
});

test('lines are drawn over on a terminal that can, not on a dumb one or a pipe', (t) => {
  environment(t, { TERM: 'xterm' });
  assert.deepEqual([isDrawable(terminal), isDrawable(pipe)], [true, false]);
  environment(t, { TERM: 'dumb' });
  assert.equal(isDrawable(terminal), false);
});

test('what stderr does not take is lost, and nothing else', (t) => {
  t.mock.method(process.stderr, 'write', () => {
    throw new Error('ENOSPC');
  });
  assert.doesNotThrow(() => tell('x'));
});

test('what has no width is a hundred columns wide', () => {
  const unsized = { isTTY: true, columns: 0 } as NodeJS.WriteStream;
  assert.deepEqual([widthOf(terminal), widthOf(pipe), widthOf(unsized)], [132, 100, 100]);
});

/** Sets what decides on colour, and puts it back after the test. */
function environment(t: TestContext, names: Readonly<Record<string, string>>): void {
  for (const name of ['NO_COLOR', 'FORCE_COLOR', 'TERM']) {
    const before = process.env[name];
    const set = (value: string | undefined) => {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    };
    set(names[name]);
    t.after(() => set(before));
  }
}
