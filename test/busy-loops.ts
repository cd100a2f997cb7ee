/** Processes that take a core from whoever is on it, until the test is over. */
import { type ChildProcess, spawn } from 'node:child_process';
import type { TestContext } from 'node:test';

/** On core 0; needs `taskset`. */
export function startBusyLoops(t: Pick<TestContext, 'after'>, count: number): void {
  const args = ['-c', '0', process.execPath, '-e', 'while (true);'];
  const loops: ChildProcess[] = [];
  for (let i = 0; i < count; i++) loops.push(spawn('taskset', args, { stdio: 'ignore' }));
  t.after(() => {
    for (const loop of loops) loop.kill('SIGKILL');
  });
}
