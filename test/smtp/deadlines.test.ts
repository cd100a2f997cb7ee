import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Deadlines } from '#src/smtp/deadlines.js';

class Member {
  deadlineUs: number;
  fired = 0;
  readonly #then: (member: Member) => void;

  constructor(deadlineUs: number, then: (member: Member) => void = () => {}) {
    this.deadlineUs = deadlineUs;
    this.#then = then;
  }

  onDeadline(): void {
    this.fired++;
    this.deadlineUs = Number.POSITIVE_INFINITY;
    this.#then(this);
  }
}

test('a deadline fires at its time and not before', () => {
  const deadlines = new Deadlines();
  const member = new Member(1_000);
  deadlines.add(member);
  deadlines.expire(999);
  assert.equal(member.fired, 0);
  deadlines.expire(1_000);
  assert.equal(member.fired, 1);
});

test('one that is moved on fires at the new time alone', () => {
  const deadlines = new Deadlines();
  const member = new Member(1_000);
  deadlines.add(member);
  member.deadlineUs = 5_000;
  deadlines.expire(4_999);
  assert.equal(member.fired, 0);
  deadlines.expire(6_000);
  assert.equal(member.fired, 1);
});

test('a member that waits for nothing, or has left, never fires', () => {
  const deadlines = new Deadlines();
  const idle = new Member(Number.POSITIVE_INFINITY);
  const gone = new Member(1_000);
  deadlines.add(idle);
  deadlines.add(gone);
  deadlines.remove(gone);
  deadlines.expire(Number.MAX_VALUE);
  assert.deepEqual([idle.fired, gone.fired, deadlines.size], [0, 0, 1]);
});

test('members may leave and join while others fire, and each fires once', () => {
  const deadlines = new Deadlines();
  const late = new Member(9_000);
  const victim = new Member(1_000);
  const first = new Member(1_000, (member) => {
    deadlines.remove(member);
    deadlines.remove(victim);
    deadlines.add(late);
  });
  const last = new Member(1_000, (member) => deadlines.remove(member));
  for (const member of [first, victim, last]) deadlines.add(member);
  deadlines.expire(2_000);
  assert.deepEqual([first.fired, victim.fired, last.fired, late.fired], [1, 0, 1, 0]);
  assert.equal(deadlines.size, 1);
});
