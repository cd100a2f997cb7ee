import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CaseList, MAX_CASES, MAX_NOTES, NoteList } from '#src/delivery/case-list.js';
import type { DeliveryCase } from '#src/metrics/snapshot.js';

test('of each kind the first hundred cases are kept, and each is told once', () => {
  const cases = new CaseList();
  for (let number = 0; number <= MAX_CASES; number++) cases.add(caseOf('lost', number));
  assert.deepEqual([cases.hasRoom('lost'), cases.hasRoom('late')], [false, true]);
  cases.add(caseOf('late', 7));
  const taken = cases.take();
  assert.deepEqual([taken.length, taken[99]?.number, taken[100]?.kind], [101, 99, 'late']);
  cases.add(caseOf('lost', 8));
  assert.deepEqual(cases.take(), []);
});

test('text from elsewhere is cut', () => {
  const cases = new CaseList();
  cases.add({ ...caseOf('lost', 1), recipient: 'r'.repeat(1_000), detail: 'd'.repeat(1_000) });
  const [one] = cases.take();
  assert.deepEqual([one?.recipient.length, one?.detail.length], [320, 600]);
  const notes = new NoteList();
  notes.add('n'.repeat(1_000));
  assert.deepEqual(notes.take(false), ['n'.repeat(600)]);
});

test('a note is told once, and the end says how many found no room', () => {
  const notes = new NoteList();
  for (let note = 0; note < MAX_NOTES; note++) notes.add(`note ${note}`);
  notes.add('note 0');
  notes.add('one more');
  notes.add('and another');
  assert.equal(notes.take(false).length, MAX_NOTES);
  assert.deepEqual(notes.take(true), ['2 more notes of this kind were left out.']);
});

test('where every note found room the end says nothing of others', () => {
  const notes = new NoteList();
  notes.add('alone');
  assert.deepEqual(notes.take(true), ['alone']);
});

function caseOf(kind: DeliveryCase['kind'], number: number): DeliveryCase {
  return { kind, number, recipient: 'a@x.test', atUs: null, detail: '' };
}
