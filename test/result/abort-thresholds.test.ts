import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseThreshold, type Threshold } from '#src/metrics/threshold.js';
import { checkThresholds } from '#src/result/abort-thresholds.js';
import { LiveFold } from '#src/result/live-fold.js';
import { header, type SampleOptions, sampleSnapshot } from '#test/result/sample-journal.js';

const ABORT = { abortOnFail: true, delayAbortEvalMs: 10_000 };

function failing(
  sample: SampleOptions,
  elapsedMs: number,
  options: Parameters<typeof parseThreshold>[2] = ABORT,
) {
  const parsed = parseThreshold('smtp_message_failed', 'rate<0.5', options) as Threshold;
  const fold = new LiveFold({
    type: 'header',
    v: 1,
    ...header({ thresholds: { smtp_message_failed: [parsed] } }),
  });
  fold.add({ type: 'snapshot', fromSeq: 0, snapshot: sampleSnapshot(sample) });
  const found = checkThresholds(fold, elapsedMs);
  fold.destroy();
  return found;
}

const bad = { acceptedUs: [100], rejected: 3 };

test('a threshold with abortOnFail that fails asks for an abort', () => {
  assert.deepEqual(failing(bad, 10_000), [
    { metric: 'smtp_message_failed', threshold: 'rate<0.5', ok: false, value: 0.75, abortOnFail: true },
  ]);
});

test('before its delay it is not looked at', () => {
  assert.deepEqual(failing(bad, 9_999), []);
});

test('one that holds, or does not ask for an abort, lets the run go on', () => {
  assert.deepEqual(failing({ acceptedUs: [100] }, 10_000), []);
  assert.deepEqual(failing(bad, 10_000, {}), []);
});

test('with too few samples yet it is no reason to abort', () => {
  assert.deepEqual(failing(bad, 10_000, { ...ABORT, minSamples: 5 }), []);
  assert.equal(failing(bad, 10_000, { ...ABORT, minSamples: 4 }).length, 1);
});

test('a window that failed after its delay asks for an abort', () => {
  const found = (delayAbortEvalMs: number) => {
    const options = { windowMs: 1000, abortOnFail: true, delayAbortEvalMs };
    const parsed = parseThreshold('smtp_message_failed', 'rate<0.5', options) as Threshold;
    const thresholds = { smtp_message_failed: [parsed] };
    const fold = new LiveFold({ type: 'header', v: 1, ...header({ thresholds, sources: ['shard-0'] }) });
    for (const seq of [0, 1, 2]) {
      const sample = seq === 0 ? bad : { acceptedUs: [100, 100, 100, 100] };
      fold.add({ type: 'snapshot', fromSeq: seq, snapshot: sampleSnapshot({ seq, ...sample }) });
    }
    const crossed = checkThresholds(fold, 3000);
    fold.destroy();
    return crossed.map(({ value }) => value);
  };
  assert.deepEqual([found(1000), found(1001)], [[0.75], []]);
});

test('a metric without samples is no reason to abort', () => {
  const empty = { ...sampleSnapshot(), rates: {} };
  const parsed = parseThreshold('smtp_message_failed', 'rate<0.5', ABORT) as Threshold;
  const fold = new LiveFold({
    type: 'header',
    v: 1,
    ...header({ thresholds: { smtp_message_failed: [parsed] } }),
  });
  fold.add({ type: 'snapshot', fromSeq: 0, snapshot: empty });
  assert.deepEqual(checkThresholds(fold, 60_000), []);
  assert.equal(fold.result().thresholds[0]?.ok, false);
  fold.destroy();
});
