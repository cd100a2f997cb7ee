/**
 * Ends a test file that hangs, and says what it waits for. Loaded before every test file by run.ts (`--import`).
 * Makes Ctrl-C an orderly exit too, so that the servers a file started end with it ('exit' listeners run).
 *
 * Needed beside `--test-timeout`, which on Node 24 covers tests but not what they leave open: a forgotten socket
 * would keep the file's process, and with it the whole run, alive for ever. Does nothing in the runner itself.
 */
export const DEADLINE_VARIABLE = 'MAILBENCH_TEST_DEADLINE_MS';

const deadlineMs = Number(process.env[DEADLINE_VARIABLE]);

// node:test marks the processes of test files, as opposed to the one that starts them.
if (process.env.NODE_TEST_CONTEXT !== undefined && deadlineMs > 0) {
  setTimeout(() => {
    console.error(
      `${process.argv[1]} still runs after ${deadlineMs} ms. Open: ${process.getActiveResourcesInfo().join(', ')}`,
    );
    process.exit(1);
  }, deadlineMs).unref();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));
}
