/** The watch over a reader that tells what a test wants it to: what it waits for, and what it says in the end. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { DeliveryListener, DeliveryReader } from '#src/delivery/reader.js';
import type { DeliverySample, Snapshot } from '#src/metrics/snapshot.js';
import { DeliveryWatch } from '#src/run/delivery-watch.js';
import type { Delivery } from '#src/scenario/delivery-options.js';
import { RUN, sampleReceipt } from '#test/delivery/sample-receipt.js';
import { load } from '#test/scenario/load.js';
import { eventually } from '#test/servers/eventually.js';
import { temporaryDir } from '#test/tmp.js';

const LIMIT = { timeout: 60_000 };
/** Long: a test that waits for its end hangs. */
const FOREVER_MS = 24 * 3_600_000;

test('when every copy arrived nobody waits any longer', LIMIT, async (t) => {
  const { watch, reader, end } = await watching(t, { waitMs: FOREVER_MS });
  watch.start();
  accept(watch, 0, 3);
  assert.equal(watch.waiting, null);
  reader.tell(0, 1, 2);
  assert.equal(await watch.finish(), true);
  assert.deepEqual(end(), { delivered: 3 });
  assert.equal(reader.isClosed, true);
});

test('while copies are missing it says how many and how long', LIMIT, async (t) => {
  const { watch, reader, end } = await watching(t, { waitMs: FOREVER_MS });
  watch.start();
  accept(watch, 0, 3);
  reader.tell(0);
  const finished = watch.finish();
  await eventually(
    async () => watch.waiting?.copies,
    (copies) => copies === 2,
  );
  assert.equal(watch.waiting?.copies, 2);
  assert.ok((watch.waiting?.leftMs ?? 0) > FOREVER_MS - 60_000);
  reader.tell(1, 2);
  await finished;
  assert.deepEqual(end(), { delivered: 3 });
});

test('what has not come by the end of the wait is lost', LIMIT, async (t) => {
  const { watch, reader, end } = await watching(t, { waitMs: 50 });
  watch.start();
  accept(watch, 0, 3);
  reader.tell(1);
  await watch.finish();
  assert.deepEqual(end(), { delivered: 1, lost: 2 });
});

test('a copy that comes again right after the last one is still seen', LIMIT, async (t) => {
  const { watch, reader, end } = await watching(t, { waitMs: FOREVER_MS });
  watch.start();
  accept(watch, 0, 1);
  reader.tell(0);
  reader.afterRead = () => {
    reader.afterRead = () => {};
    reader.news.push((listener) => {
      listener.receipt(sampleReceipt(0, { id: 'again' }));
      listener.acknowledged('again');
    });
  };
  await watch.finish();
  assert.deepEqual(end(), { delivered: 1, duplicated: 1 });
});

test('a 250 that the sink has yet to say is waited for, one that never comes is not', LIMIT, async (t) => {
  const { watch, reader } = await watching(t, { waitMs: FOREVER_MS });
  watch.start();
  accept(watch, 0, 1);
  reader.news.push((listener) => listener.receipt(sampleReceipt(0)));
  const finished = watch.finish();
  await eventually(
    async () => reader.reads,
    (reads) => reads > 4,
  );
  assert.equal(reader.isClosed, false, 'the sink would be ended now');
  reader.news.push((listener) => listener.acknowledged('boot-0'));
  await finished;

  const lost = await watching(t, { waitMs: FOREVER_MS });
  lost.watch.start();
  accept(lost.watch, 0, 1);
  lost.reader.news.push((listener) => listener.receipt(sampleReceipt(0)));
  await lost.watch.finish();
  assert.deepEqual(lost.end(), { delivered: 1 });
});

test('whoever cuts the wait is not kept, and what is missing is pending', LIMIT, async (t) => {
  const { watch, reader, end } = await watching(t, { waitMs: FOREVER_MS, queue: 'sleep 1000' });
  watch.start();
  accept(watch, 0, 2);
  reader.tell(0);
  const finished = watch.finish();
  await eventually(
    async () => watch.waiting?.copies,
    (copies) => copies === 1,
  );
  watch.cut();
  await finished;
  assert.deepEqual(end(), { delivered: 1, pending: 1 });
});

test(
  'what a queue still holds is pending, and the command is asked only when something is missing',
  LIMIT,
  async (t) => {
    const cases: [queue: string, expected: object, note: RegExp][] = [
      ['echo " 7 "', { pending: 1 }, /^$/],
      ['echo 0', { lost: 1 }, /^$/],
      ['echo 7; exit 1', { lost: 1 }, /^delivery\.queue did not print a number \(exit code 1\)/],
      ['echo Mail queue is empty', { lost: 1 }, /^delivery\.queue did not print a number/],
      ['echo "$MAILBENCH_RUN" | tr -d r', { pending: 1 }, /^$/],
    ];
    for (const [queue, expected, note] of cases) {
      const { watch, end, notes } = await watching(t, { waitMs: 1, queue });
      watch.start();
      accept(watch, 0, 1);
      await watch.finish();
      assert.deepEqual(end(), expected, queue);
      assert.match(notes().join(), note, queue);
    }
    const { watch, reader, notes } = await watching(t, { waitMs: FOREVER_MS, queue: 'exit 1' });
    watch.start();
    accept(watch, 0, 1);
    reader.tell(0);
    await watch.finish();
    assert.deepEqual(notes(), []);
  },
);

test(
  'a reader that fails is noted once and asked again, and others go on; so nothing is called lost',
  LIMIT,
  async (t) => {
    const failing = new FakeReader();
    failing.afterRead = () => {
      throw new Error('the disk is gone');
    };
    const { watch, reader, end, notes } = await watching(t, { waitMs: 700 }, [failing]);
    watch.start();
    accept(watch, 0, 2);
    reader.tell(0);
    assert.equal(await watch.finish(), false);
    assert.ok(failing.reads > 1);
    assert.deepEqual(end(), { delivered: 1, pending: 1 });
    assert.deepEqual(notes(), ['the disk is gone']);
  },
);

test('what a reader says of its receipts is noted, and one that cannot be opened fails', LIMIT, async (t) => {
  const { watch, notes } = await watching(t, { waitMs: 1 }, [new FakeReader(['times are coarse'])]);
  watch.start();
  await watch.finish();
  assert.deepEqual(notes(), ['times are coarse']);
  const broken = new FakeReader();
  broken.open = () => Promise.reject(new Error('nobody there'));
  await assert.rejects(watching(t, { waitMs: 1 }, [broken]), /nobody there/);
});

test('its snapshots follow each other without a gap, the last of them final', LIMIT, async (t) => {
  const { watch, reader, snapshots } = await watching(t, { waitMs: FOREVER_MS });
  watch.start();
  accept(watch, 0, 1);
  const told = await eventually(
    async () => snapshots.length,
    (count) => count > 1,
  );
  assert.ok(told > 1, 'one look must not be the last while the load runs');
  reader.tell(0);
  await watch.finish();
  assert.ok(snapshots.length > 2);
  for (const [index, { seq, source, fromUs, toUs, final }] of snapshots.entries()) {
    assert.deepEqual([seq, source, final], [index, 'delivery', index === snapshots.length - 1]);
    assert.ok(toUs > fromUs);
    if (index > 0) assert.equal(fromUs, snapshots[index - 1]?.toUs);
  }
});

class FakeReader implements DeliveryReader {
  readonly notes: readonly string[];
  /** Told at the next read. */
  readonly news: ((listener: DeliveryListener) => void)[] = [];
  reads = 0;
  isClosed = false;
  afterRead: () => void = () => {};
  #listener: DeliveryListener | null = null;

  constructor(notes: readonly string[] = []) {
    this.notes = notes;
  }

  /** These copies arrived, and their 250 went out. */
  tell(...numbers: readonly number[]): void {
    for (const number of numbers) {
      const receipt = sampleReceipt(number);
      this.news.push((listener) => {
        listener.receipt(receipt);
        listener.acknowledged(receipt.id);
      });
    }
  }

  open: DeliveryReader['open'] = async (listener) => {
    this.#listener = listener;
  };

  async read(): Promise<boolean> {
    this.reads++;
    for (const tell of this.news.splice(0)) if (this.#listener !== null) tell(this.#listener);
    this.afterRead();
    return true;
  }

  async close(): Promise<void> {
    this.isClosed = true;
  }
}

async function watching(t: TestContext, words: Partial<Delivery>, others: readonly FakeReader[] = []) {
  const snapshots: Snapshot[] = [];
  const reader = new FakeReader();
  const { scenario } = load('envelope: { to: { address: "user{{n}}@a.example.test" } }');
  const nowhere = { bounces: null, sink: null, imap: null, maildir: null, queue: null };
  const watch = new DeliveryWatch({
    delivery: { expect: 'sink', ...nowhere, waitMs: 1, lateMs: FOREVER_MS, sample: 1, ...words },
    readers: [...others, reader],
    run: RUN,
    seed: 1,
    envelopes: [scenario.envelope],
    recipientsOf: null,
    folder: await temporaryDir(t),
    nowUs: () => performance.now() * 1000,
    onSnapshot: (snapshot) => snapshots.push(snapshot),
  });
  await watch.open();
  const samples = () => snapshots.flatMap(({ delivery }) => (delivery ? [delivery] : []));
  return {
    watch,
    reader,
    snapshots,
    end: () => countsOf(samples()),
    notes: () => samples().flatMap(({ notes }) => notes ?? []),
  };
}

/** Sums of all snapshots, those that are not 0. */
function countsOf(samples: readonly DeliverySample[]): Readonly<Record<string, number>> {
  const sums: Record<string, number> = {};
  for (const [kind, copies] of samples.flatMap(({ counts }) => Object.entries(counts)))
    if (copies !== 0) sums[kind] = (sums[kind] ?? 0) + copies;
  return sums;
}

function accept(watch: DeliveryWatch, first: number, count: number): void {
  watch.noteAccepted({ accepted: [[first, count, 1]], refusedCopies: [] } as unknown as Snapshot);
}
